"""A data set: which files feed it, how they are laid out, what they promise.

Each row that enters the build file keeps where it came from: the file, the line in it, the vintage
and the edition that the sidecar states.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.contracts.base import FINDINGS, READ, Admission, Contract, admit
from pipelines.errors import SourceError
from pipelines.ingest.layouts import Layout
from pipelines.sources import SourceFile


def unchanged(frame: pl.DataFrame) -> pl.DataFrame:
    """The shape of a data set that enters as it is published."""
    return frame


@dataclass(frozen=True)
class Dataset:
    """One table of the build file, and how it is fed.

    `jeu` is the key that sidecars name; `table` is the table of the schema `brut`; `shape` turns
    the typed frame of one file into the rows of the table.
    """

    table: str
    jeu: str
    layout: Layout
    contract: Contract
    description: str
    kind: str = "csv"
    shape: Callable[[pl.DataFrame], pl.DataFrame] = unchanged

    def admit(self, file: SourceFile) -> Admission:
        """Read one file and hold it to the contract; never raises for what is in the file."""
        try:
            reading = self.layout.read(file.path)
        except SourceError as error:
            row = (file.source_id, READ, None, error.place, "", str(error), "arrêt")
            return Admission(pl.DataFrame(), pl.DataFrame([row], schema=FINDINGS, orient="row"), 0)
        figures = [
            figure
            for figure in file.fiche.chiffres_de_controle
            if figure.feuille in (None, self.layout.sheet)
        ]
        return admit(
            reading.frame,
            self.contract,
            header_line=reading.header_line,
            lines=reading.lines,
            file=file.source_id,
            vintage=file.fiche.millesime,
            figures=figures,
        )

    def rows(self, admitted: Sequence[tuple[SourceFile, Admission]]) -> pl.DataFrame:
        """The rows of the table: what each file keeps, with its provenance."""
        return pl.concat(
            [
                self.shape(admission.kept).with_columns(
                    pl.lit(file.source_id).alias("source_id"),
                    pl.lit(file.fiche.millesime).cast(pl.Int64).alias("millesime"),
                    pl.lit(file.fiche.edition).alias("edition"),
                )
                for file, admission in admitted
            ]
        )
