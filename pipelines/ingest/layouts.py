"""How published files are laid out: each layout turns a file into a frame in which all is text.

Nothing is interpreted here: a missing mark, a decimal comma or an odd cell reaches the contract as
the publisher wrote it, with the line where it stands.
"""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.errors import SourceError


@dataclass(frozen=True)
class Reading:
    """A file as read: its cells, the line of its header and those of its rows (1 is the first)."""

    frame: pl.DataFrame
    header_line: int
    lines: pl.Series


@dataclass(frozen=True)
class Layout:
    """A way to read a file, and the sheet that it reads if the file has several."""

    read: Callable[[Path], Reading]
    sheet: str | None = None


def delimited(separator: str = ";") -> Layout:
    """Delimited text in UTF-8, with or without a byte order mark; blank lines do not count."""

    def read(path: Path) -> Reading:
        text = _decoded(path)
        if text.lstrip().startswith("<"):
            raise SourceError(
                path.name,
                "fichier entier",
                "c'est une page web, pas le fichier qu'elle annonce",
                "télécharger le fichier lui-même, depuis la page de l'éditeur",
            )
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        rows: list[list[str]] = []
        lines: list[int] = []
        start = 1
        try:
            for row in reader:
                if row:
                    rows.append(row)
                    lines.append(start)
                start = reader.line_num + 1
        except csv.Error as error:
            raise SourceError(
                path.name,
                f"ligne {start}",
                "un guillemet ouvert n'est pas refermé, ou mal placé",
                "refermer le guillemet, ou doubler celui qui est dans le texte",
            ) from error
        if not rows:
            raise SourceError(
                path.name, "fichier entier", "le fichier est vide", "le déposer à nouveau"
            )
        header = _header(path, rows[0])
        for row, line in zip(rows, lines, strict=True):
            if len(row) != len(header):
                raise SourceError(
                    path.name,
                    f"ligne {line}",
                    f"{len(row)} cellule(s) là où l'en-tête en annonce {len(header)}",
                    f"vérifier que le séparateur est « {separator} » et que la ligne est entière",
                )
        frame = pl.DataFrame(rows[1:], schema=dict.fromkeys(header, pl.String), orient="row")
        return Reading(frame, lines[0], pl.Series("ligne", lines[1:], dtype=pl.Int64))

    return Layout(read)


def _decoded(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SourceError(
            path.name,
            f"ligne {line}",
            f"octet {content[error.start]:#04x} : le fichier n'est pas en UTF-8",
            "l'enregistrer en « CSV UTF-8 » sans rien changer d'autre",
        ) from error


def _header(path: Path, names: Sequence[str]) -> Sequence[str]:
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1 and name]
    if twice:
        raise SourceError(
            path.name,
            "en-tête",
            f"la colonne {twice[0]} y est deux fois",
            "n'en garder qu'une, celle du fichier publié",
        )
    # Publishers leave hundreds of empty trailing columns, whose names are empty too.
    return [name or f"(sans nom {rank})" for rank, name in enumerate(names, start=1)]


def workbook(
    sheet: str, header_line: int, names: Sequence[str] = (), *, notes: bool = False
) -> Layout:
    """One sheet of a workbook; blank rows do not count.

    `names` replaces the first names of the header, where the publisher leaves them blank. With
    `notes`, the last rows that have nothing but their first cell are notes under the table.
    """

    def read(path: Path) -> Reading:
        try:
            frame = pl.read_excel(
                path,
                sheet_name=sheet,
                engine="calamine",
                drop_empty_rows=False,
                read_options={"header_row": header_line - 1, "dtypes": "string"},
            )
        except Exception as error:
            raise SourceError(
                path.name,
                f"feuille {sheet}",
                "feuille absente ou classeur illisible",
                "déposer le classeur tel que publié, sans renommer ses feuilles",
            ) from error
        frame = frame.rename(dict(zip(frame.columns, names, strict=False)))
        frame = frame.with_columns(pl.all().fill_null(""))
        frame = frame.with_row_index("ligne", offset=header_line + 1)
        cells = [name for name in frame.columns if name != "ligne"]
        frame = frame.filter(pl.any_horizontal(pl.col(name) != "" for name in cells))
        if notes and frame.height:
            filled = pl.any_horizontal(pl.col(name) != "" for name in cells[1:])
            last = frame.filter(filled)["ligne"].max()
            frame = frame.filter(pl.col("ligne") <= last)
        return Reading(frame.drop("ligne"), header_line, frame["ligne"].cast(pl.Int64))

    return Layout(read, sheet)


def feature_collection(*properties: str) -> Layout:
    """A GeoJSON file: properties, and geometries as text; a line is the rank of a feature."""

    def read(path: Path) -> Reading:
        try:
            features = json.loads(_decoded(path))["features"]
            rows = [
                {name: str(feature["properties"].get(name, "")) for name in properties}
                | {"geometrie": json.dumps(feature["geometry"], separators=(",", ":"))}
                for feature in features
            ]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise SourceError(
                path.name,
                "fichier entier",
                "ce n'est pas une collection GeoJSON",
                "le rétablir depuis le dépôt",
            ) from error
        frame = pl.DataFrame(rows, schema=dict.fromkeys([*properties, "geometrie"], pl.String))
        ranks = pl.int_range(1, frame.height + 1, eager=True).alias("ligne")
        return Reading(frame, 1, ranks)

    return Layout(read)
