"""How published files are laid out: each layout turns a file into a frame in which all is text.

Nothing is interpreted here: a missing mark, a decimal comma or an odd cell reaches the contract as
the publisher wrote it, with the line where it stands. What changes from one edition to the next
without changing the data is absorbed here: the archive around the file, the byte order mark, the
separator, the titles above the header, text or workbook.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.errors import SourceError
from pipelines.ingest.containers import BEGINNING, Content

# How many of the columns that are waited for a row of names has, from 0 to 1.
Likeness = Callable[[Sequence[str]], float]

SEPARATORS = ";,\t|"
HEADER_WITHIN = 30


@dataclass(frozen=True)
class Reading:
    """A file as read: its cells, the line of its header and those of its rows (1 is the first)."""

    frame: pl.DataFrame
    header_line: int
    lines: pl.Series


@dataclass(frozen=True)
class Series:
    """Columns that are one variable at several dates: they become rows, one a cell.

    `columns` is what their names look like; `name` will hold the name, `value` the cell.
    """

    columns: str
    name: str
    value: str


@dataclass(frozen=True)
class Table:
    """Rows under a header, in delimited text or in a workbook, alone or in an archive.

    `sheet` is the sheet of a workbook (without it, the one whose header is most alike). `names`
    replaces the first names of the header where the publisher leaves them blank. With `notes`, the
    last rows that have nothing but their first cell are notes under the table.
    """

    sheet: str | None = None
    names: tuple[str, ...] = ()
    notes: bool = False
    series: Series | None = None

    def read(self, content: Content, likeness: Likeness, encoding: str = "utf-8") -> Reading:
        """Read a file whole.

        Args:
            content: the data file, out of its archive.
            likeness: tells the header from other rows.
            encoding: what the catalogue says of the text's encoding.

        Raises:
            SourceError: the file cannot be read as a table.
        """
        if content.is_workbook:
            reading = self._from_workbook(content, likeness)
        else:
            reading = self._from_text(content, likeness, encoding)
        if self.notes:
            reading = _without_notes(reading)
        return reading if self.series is None else _unrolled(reading, self.series, content.name)

    def header(self, content: Content, likeness: Likeness) -> list[str]:
        """The names of the columns alone, for what is recognised by them.

        Raises:
            SourceError: the file cannot be read as a table.
        """
        if content.is_workbook:
            _, rows = self._sheet(content, likeness)
        else:
            _, rows = self._top(content.beginning(), likeness)
        columns = [self._columns(row) for row in rows]
        return columns[_likeliest(columns, likeness)] if rows else []

    def _columns(self, row: Sequence[str]) -> list[str]:
        """The columns that a row of names makes: its blanks named, its series rolled."""
        names = _named(row, self.names)
        if self.series is None:
            return names
        kept = [name for name in names if not re.fullmatch(self.series.columns, name)]
        return names if kept == names else [*kept, self.series.name, self.series.value]

    def _from_text(self, content: Content, likeness: Likeness, encoding: str) -> Reading:
        text = content.text(encoding)
        separator, top = self._top(text[:BEGINNING], likeness)
        if not any(map(any, top)):
            raise SourceError(
                content.name, "fichier entier", "le fichier est vide", "le déposer à nouveau"
            )
        names = top[_likeliest(top, lambda row: likeness(self._columns(row)))]
        header = _header(content.name, _named(names, self.names))
        read = _quoted if '"' in text else _plain
        return _without_blank_rows(read(content.name, text, separator, names, header))

    def _top(self, text: str, likeness: Likeness) -> tuple[str, list[list[str]]]:
        """The first rows, cut by the separator under which one is most alike the header."""
        tops = {separator: list(_first_rows(text, separator)) for separator in SEPARATORS}
        best = max(
            tops,
            key=lambda separator: max(
                (likeness(self._columns(row)) for row in tops[separator]), default=0.0
            ),
        )
        return best, tops[best]

    def _from_workbook(self, content: Content, likeness: Likeness) -> Reading:
        sheet, top = self._sheet(content, likeness)
        if not any(map(any, top)):
            raise SourceError(
                content.name, f"feuille {sheet}", "elle est vide", "déposer le classeur à nouveau"
            )
        content.refuse_formulas(sheet)
        number = _likeliest(top, lambda row: likeness(self._columns(row)))
        header = _header(content.name, _named(top[number], self.names))
        frame = content.rows(sheet).slice(number + 1)
        frame = frame.rename(dict(zip(frame.columns, header, strict=True)))
        lines = pl.int_range(number + 2, number + 2 + frame.height, eager=True).alias("ligne")
        return _without_blank_rows(Reading(frame, number + 1, lines))

    def _sheet(self, content: Content, likeness: Likeness) -> tuple[str, list[list[str]]]:
        """The sheet that is read, and its first rows."""
        sheets = content.sheets
        if self.sheet is not None and self.sheet in sheets:
            chosen = [self.sheet]
        elif self.sheet is not None and len(sheets) > 1:
            raise SourceError(
                content.name,
                f"feuille {self.sheet}",
                f"elle est absente ; le classeur a {', '.join(sheets)}",
                "déposer le classeur tel que publié, sans renommer ses feuilles",
            )
        else:
            # Of two sheets that are alike, the one that is shown.
            chosen = sorted(sheets, key=lambda name: not sheets[name])
        tops = {name: _stripped(content.rows(name).head(HEADER_WITHIN)) for name in chosen}
        best = max(
            chosen,
            key=lambda name: max((likeness(self._columns(row)) for row in tops[name]), default=0.0),
        )
        if not sheets[best]:
            raise SourceError(
                content.name,
                f"feuille {best}",
                "elle est masquée : ce qu'elle contient ne se voit pas dans un tableur",
                "l'afficher (clic droit, Afficher), la relire, puis déposer le classeur",
            )
        return best, tops[best]


@dataclass(frozen=True)
class Features:
    """A GeoJSON file: properties, and geometries as text; a line is the rank of a feature."""

    properties: tuple[str, ...]

    @property
    def sheet(self) -> None:
        """No sheet."""

    def read(
        self,
        content: Content,
        likeness: Likeness,  # noqa: ARG002
        encoding: str = "utf-8",
    ) -> Reading:
        """Read a file whole.

        Raises:
            SourceError: it is no collection of features.
        """
        try:
            features = json.loads(content.text(encoding))["features"]
            rows = [
                {name: str(feature["properties"].get(name, "")) for name in self.properties}
                | {"geometrie": json.dumps(feature["geometry"], separators=(",", ":"))}
                for feature in features
            ]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise SourceError(
                content.name,
                "fichier entier",
                "ce n'est pas une collection GeoJSON",
                "le rétablir depuis le dépôt",
            ) from error
        frame = pl.DataFrame(rows, schema=dict.fromkeys([*self.properties, "geometrie"], pl.String))
        ranks = pl.int_range(1, frame.height + 1, eager=True).alias("ligne")
        return Reading(frame, 1, ranks)

    def header(self, content: Content, likeness: Likeness) -> list[str]:
        """The properties that are waited for, if the first feature has them all.

        Raises:
            SourceError: it is no collection of features.
        """
        if content.is_workbook or not content.beginning().lstrip().startswith("{"):
            return []
        first = self.read(content, likeness).frame.head(1)
        return first.columns if all(any(column) for column in first.to_dict().values()) else []


Layout = Table | Features


# --- delimited text -----------------------------------------------------------------------------


def _plain(file: str, text: str, separator: str, names: list[str], header: list[str]) -> Reading:
    """Text without quotes: a line is a row, and the columns are split at once."""
    # A spreadsheet on a Mac may end its lines the old way.
    end = "\n" if "\n" in text else "\r"
    lines = pl.Series("ligne", text.split(end)).str.strip_suffix("\r")
    frame = pl.DataFrame({"texte": lines}).with_row_index("ligne", offset=1)
    frame = frame.filter(pl.col("texte") != "")
    number = _first_with(frame["texte"], separator, names)
    body = frame.slice(number + 1)
    counts = body["texte"].str.count_matches(separator, literal=True) + 1
    odd = body.filter(counts != len(header)).head(1)
    if odd.height:
        line, cells = odd["ligne"][0], odd["texte"][0].count(separator) + 1
        raise _ragged(file, line, cells, len(header), separator)
    split = body["texte"].str.split_exact(separator, len(header) - 1).struct.rename_fields(header)
    cells = split.struct.unnest().cast(pl.String)
    return Reading(cells, int(frame["ligne"][number]), body["ligne"].cast(pl.Int64))


def _first_with(rows: pl.Series, separator: str, names: list[str]) -> int:
    for number, row in enumerate(rows.head(HEADER_WITHIN)):
        if [name.strip() for name in row.split(separator)] == names:
            return number
    return 0


def _quoted(file: str, text: str, separator: str, names: list[str], header: list[str]) -> Reading:
    """Text with quotes, inside which a separator or an end of line is part of the cell."""
    rows: list[list[str]] = []
    lines: list[int] = []
    start = 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            if row:
                rows.append(row)
                lines.append(start)
            start = reader.line_num + 1
    except csv.Error as error:
        raise SourceError(
            file,
            f"ligne {start}",
            "un guillemet ouvert n'est pas refermé, ou mal placé",
            "refermer le guillemet, ou doubler celui qui est dans le texte",
        ) from error
    top = [[name.strip() for name in row] for row in rows[:HEADER_WITHIN]]
    number = top.index(names) if names in top else 0
    for row, line in zip(rows[number + 1 :], lines[number + 1 :], strict=True):
        if len(row) != len(header):
            raise _ragged(file, line, len(row), len(header), separator)
    schema = dict.fromkeys(header, pl.String)
    frame = pl.DataFrame(rows[number + 1 :], schema=schema, orient="row")
    return Reading(frame, lines[number], pl.Series("ligne", lines[number + 1 :], dtype=pl.Int64))


def _ragged(file: str, line: int, cells: int, wanted: int, separator: str) -> SourceError:
    return SourceError(
        file,
        f"ligne {line}",
        f"{cells} cellule(s) là où l'en-tête en annonce {wanted}",
        f"vérifier que le séparateur est « {separator} » et que la ligne est entière",
    )


def _first_rows(text: str, separator: str) -> Iterator[list[str]]:
    """The first rows, names stripped; quotes that do not close end them."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for _, row in zip(range(HEADER_WITHIN), filter(None, reader), strict=False):
            yield [name.strip() for name in row]
    except csv.Error:
        return


# --- headers ------------------------------------------------------------------------------------


def _stripped(frame: pl.DataFrame) -> list[list[str]]:
    return [[cell.strip() for cell in row] for row in frame.rows()]


def _likeliest(rows: Sequence[Sequence[str]], likeness: Likeness) -> int:
    """The rank of the row that is most alike a header; the first that is not blank if none is."""
    scores = [likeness(row) for row in rows]
    if scores and max(scores) > 0:
        return scores.index(max(scores))
    return next((rank for rank, row in enumerate(rows) if any(row)), 0)


def _named(row: Sequence[str], names: Sequence[str]) -> list[str]:
    """A row of names, the first of which are given where the publisher left them blank."""
    given = list(row)
    for rank, name in enumerate(names[: len(given)]):
        given[rank] = given[rank] or name
    return given


def _header(file: str, names: Sequence[str]) -> list[str]:
    # Publishers leave hundreds of empty trailing columns, whose names are empty too.
    header = [_literal(name) or f"(sans nom {rank})" for rank, name in enumerate(names, start=1)]
    twice = [name for name in dict.fromkeys(header) if header.count(name) > 1]
    if twice:
        raise SourceError(
            file,
            "en-tête",
            f"la colonne {twice[0]} y est deux fois",
            "n'en garder qu'une, celle du fichier publié",
        )
    return header


def _literal(name: str) -> str:
    """A name, between brackets where polars would take it for a pattern of names: *, ^…$."""
    return f"({name})" if name == "*" or (name.startswith("^") and name.endswith("$")) else name


def _without_blank_rows(reading: Reading) -> Reading:
    cells = pl.all().str.strip_chars()
    filled = reading.frame.select(pl.any_horizontal(cells != "")).to_series()
    return Reading(reading.frame.filter(filled), reading.header_line, reading.lines.filter(filled))


def _without_notes(reading: Reading) -> Reading:
    """Without the last rows that have nothing but their first cell."""
    filled = reading.frame.select(pl.any_horizontal(pl.nth(range(1, reading.frame.width)) != ""))
    last = filled.to_series().arg_true().max() if reading.frame.width > 1 else None
    height = 0 if last is None else int(str(last)) + 1
    return Reading(reading.frame.head(height), reading.header_line, reading.lines.head(height))


def _unrolled(reading: Reading, series: Series, file: str) -> Reading:
    """One row a cell of the columns of a series; each keeps the line of the row that it was in."""
    dated = [name for name in reading.frame.columns if re.fullmatch(series.columns, name)]
    if not dated:
        raise SourceError(
            file,
            f"ligne {reading.header_line}",
            "aucune colonne d'année dans l'en-tête",
            "déposer le fichier tel que publié",
        )
    others = [name for name in reading.frame.columns if name not in dated]
    long = reading.frame.with_columns(reading.lines.alias("(ligne)")).unpivot(
        dated, index=["(ligne)", *others], variable_name=series.name, value_name=series.value
    )
    return Reading(long.drop("(ligne)"), reading.header_line, long["(ligne)"].alias("ligne"))
