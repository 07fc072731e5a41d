"""A data set: which files feed it, how they are laid out, what they promise.

Each row that enters the build file keeps where it came from: the file, the line in it, the vintage,
the edition, and the year of its commune and IRIS codes. A whole national file is taken as it is
published: the rows of other territories are counted, and left in it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import polars as pl

from pipelines.contracts.base import FINDINGS, LOADED, READ, Admission, Contract, admit
from pipelines.contracts.people import people_in
from pipelines.errors import SourceError
from pipelines.ingest.containers import Content, opened
from pipelines.ingest.layouts import Layout, Reading
from pipelines.ingest.scope import Area, Scope
from pipelines.sources import SourceFile, files_of

PROVENANCE = {
    "source_id": pl.String,
    "millesime": pl.Int64,
    "edition": pl.String,
    "geographie": pl.Int64,
}


@dataclass(frozen=True)
class Place:
    """What says where a row stands: the first of its columns that holds something.

    A `code` is that of an IRIS, of an Insee commune or of a territory; a `ligne` is one of the
    registry; a `commune` is a name. `ensemble` is a row of the whole territory, and has no column.
    A cell may name several, « LIL-016+LIL-017 » or « Lille, Lomme ».
    """

    nature: Literal["code", "ligne", "commune", "ensemble"]
    columns: tuple[str, ...] = ()


def at_code(*columns: str) -> Place:
    """Rows of the IRIS, commune or territory of that code; of the next column where it is none."""
    return Place("code", columns)


def at_line(column: str) -> Place:
    """Rows that speak of lines of the registry."""
    return Place("ligne", (column,))


def at_commune(column: str) -> Place:
    """Rows of the communes of that name."""
    return Place("commune", (column,))


EVERYWHERE = Place("ensemble")


@dataclass(frozen=True)
class Dataset:
    """One table of the build file, and how it is fed.

    `jeu` is the key that the catalogue names; `table` is the table of the schema `brut`; `area`
    tells the rows of the territory, without it all are; `year` is the column that dates the rows
    of a file that covers several years; `derive` makes of a file, or of its header alone, what
    other editions are. `institutional` columns hold contacts of institutions: they are never
    loaded. `place` says where a row stands and `subject` is the column of what it counts, for the
    lineage of values. `communes_became` are the columns of a commune and of the one that it became
    part of. Without a `required` data set nothing can be computed; without another, what depends
    on it says so. A `yearly` one has a file a vintage, which can be read again alone. One that goes
    `beyond` the territory has a second table, in the schema `voisins`: the rows of the neighbours,
    which are in no figure of the territory. A `ledger` is the convention's own: its files are parts
    of one, where those of a publisher are editions.
    """

    table: str
    jeu: str
    layout: Layout
    contract: Contract
    description: str
    kind: str = "csv"
    area: Area | None = None
    year: str | None = None
    derive: Callable[[Reading], Reading] | None = None
    institutional: tuple[str, ...] = ()
    place: Place | None = None
    subject: str | None = None
    communes_became: tuple[str, str] | None = None
    required: bool = False
    yearly: bool = False
    beyond: bool = False
    ledger: bool = False

    def read(self, content: Content, vintage: int | None, encoding: str = "utf-8") -> Reading:
        """The file as the layout reads it, made what other editions are.

        Raises:
            SourceError: the file cannot be read.
        """
        reading = self.layout.read(content, lambda row: self._likeness(row, vintage), encoding)
        return self.derive(reading) if self.derive else reading

    def vintages_in(self, content: Content) -> list[int | None]:
        """The vintages of this data set that a file may be, by its columns; none if it is not one.

        Raises:
            SourceError: the file cannot be read.
        """
        columns = self._derived(self.layout.header(content, lambda row: self._likeness(row, None)))
        years = self.contract.vintages(columns) if columns else []
        return [
            year for year in years if not self.contract.absent(self.contract.heading(columns, year))
        ]

    def _likeness(self, row: Sequence[str], vintage: int | None) -> float:
        return self.contract.likeness(self._derived(row), vintage)

    def _derived(self, columns: Sequence[str]) -> Sequence[str]:
        names = [name for name in columns if name]
        if self.derive is None or len(set(names)) < len(names):
            return columns
        header = pl.DataFrame(schema=dict.fromkeys(names, pl.String))
        return self.derive(Reading(header, 1, pl.Series("ligne", [], pl.Int64))).frame.columns

    def admit(self, file: SourceFile, scope: Scope | None = None) -> Admission:
        """Read one file and hold it to the contract; never raises for what is in the file.

        Without a scope, every row is of the territory.
        """
        fiche = file.fiche
        vintage = fiche.millesime
        within = self.area(scope) if self.area and scope else None
        try:
            reading = self.read(opened(file.path, fiche.membre), vintage, fiche.encodage)
            people = self._people(reading, within, file)
        except SourceError as error:
            row = (file.source_id, READ, None, error.place, "", str(error), "arrêt")
            findings = pl.DataFrame([row], schema=FINDINGS, orient="row")
            return Admission(self.contract.nothing(), findings, 0)
        admission = admit(
            reading.frame,
            self.contract,
            header_line=reading.header_line,
            lines=reading.lines,
            file=file.source_id,
            vintage=vintage,
            figures=[
                figure
                for figure in fiche.chiffres_de_controle
                if figure.feuille in (None, self.layout.sheet)
            ],
            within=within,
        )
        # What looks like a person is masked in these findings, and would not be in the others.
        if people.is_empty():
            return admission
        return replace(admission, kept=self.contract.nothing(), findings=people)

    def admit_all(
        self, files: Iterable[SourceFile], scope: Scope | None = None
    ) -> list[tuple[SourceFile, Admission]]:
        """Read those of the files that are of this data set, oldest vintage first.

        A key of a ledger is in one of its files: a forgotten copy would count twice.
        """
        admitted = [(file, self.admit(file, scope)) for file in files_of(self.jeu, files)]
        if self.ledger and len(admitted) > 1:
            file, last = admitted[-1]
            found = pl.concat([last.findings, self._in_two_files(admitted)])
            admitted[-1] = file, replace(last, findings=found)
        return admitted

    def _in_two_files(self, admitted: Sequence[tuple[SourceFile, Admission]]) -> pl.DataFrame:
        """The rows whose key is in a file before theirs, as findings."""
        rows, key = self.rows(admitted), self.contract.key
        first = rows.unique(key, keep="first", maintain_order=True)
        found = rows.join(first, key, nulls_equal=True, suffix="_avant").filter(
            pl.col("source_id") != pl.col("source_id_avant")
        )
        columns, findings = ", ".join(key), []
        for row in found.iter_rows(named=True):
            value = ", ".join(str(row[name]) for name in key)
            said = SourceError(
                row["source_id"],
                f"ligne {row['ligne']}, colonne {columns}",
                f"« {value} » est aussi dans {row['source_id_avant']}",
                "ne garder que l'un des deux fichiers",
            )
            findings.append(
                (row["source_id"], LOADED, row["ligne"], columns, value, str(said), "arrêt")
            )
        return pl.DataFrame(findings, schema=FINDINGS, orient="row")

    def admit_beyond(self, file: SourceFile, scope: Scope, admitted: Admission) -> Admission:
        """Read what a file has of the neighbours; what is wrong there stays out, and stops nothing.

        Args:
            file: the file.
            scope: what the territory takes.
            admitted: what it took of the file; a file cut for it has nothing else to give.
        """
        if not (self.beyond and scope.neighbours and admitted.rows_elsewhere):
            return Admission(self.contract.nothing(), pl.DataFrame(schema=FINDINGS), 0)
        return self.admit(file, scope.around)

    def _people(self, reading: Reading, within: pl.Expr | None, file: SourceFile) -> pl.DataFrame:
        """What looks like a person in the rows of the territory."""
        frame, lines = reading.frame, reading.lines
        heading = self.contract.heading(frame.columns, file.fiche.millesime)
        if within is not None and set(within.meta.root_names()) <= set(heading):
            loaded = frame.select(pl.col(printed).alias(name) for name, printed in heading.items())
            here = loaded.select(within).to_series()
            frame, lines = frame.filter(here), lines.filter(here)
        return people_in(
            frame,
            lines,
            file=file.source_id,
            header_line=reading.header_line,
            ignored=self.institutional,
        )

    def rows(self, admitted: Sequence[tuple[SourceFile, Admission]]) -> pl.DataFrame:
        """The rows of the table: what each file keeps, with its provenance; none without files."""
        empty = self.contract.nothing().with_columns(
            pl.lit(None, dtype).alias(name) for name, dtype in PROVENANCE.items()
        )
        return pl.concat(
            [empty]
            + [
                admission.kept.with_columns(
                    pl.lit(file.source_id).alias("source_id"),
                    pl.lit(file.fiche.millesime, pl.Int64).alias("millesime"),
                    pl.lit(file.fiche.edition).alias("edition"),
                    pl.lit(file.fiche.geographie, pl.Int64).alias("geographie"),
                )
                for file, admission in admitted
            ]
        )
