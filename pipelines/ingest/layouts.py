"""How published files are laid out: each layout turns a file into a frame in which all is text.

Nothing is interpreted here: a missing mark, a decimal comma or an odd cell reaches the contract as
the publisher wrote it.
"""

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from pipelines.errors import SourceError


@dataclass(frozen=True)
class Layout:
    """A way to read a file, the line where its header stands (1 is the first), and its sheet."""

    read: Callable[[Path], pl.DataFrame]
    header_line: int
    sheet: str | None = None


def delimited(separator: str = ";") -> Layout:
    """Delimited text in UTF-8, with or without a byte order mark."""

    def read(path: Path) -> pl.DataFrame:
        content = path.read_bytes()
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise SourceError(
                path.name,
                f"ligne {line}",
                f"octet {content[error.start]:#04x} : le fichier n'est pas en UTF-8",
                "l'enregistrer en « CSV UTF-8 » sans rien changer d'autre",
            ) from error
        if not text.strip():
            raise SourceError(
                path.name, "fichier entier", "le fichier est vide", "le déposer à nouveau"
            )
        try:
            return pl.read_csv(
                io.StringIO(text),
                separator=separator,
                infer_schema=False,
                empty_string_is_null=False,
            )
        except PolarsError as error:
            raise SourceError(
                path.name,
                "fichier entier",
                "une ligne n'a pas le nombre de colonnes de l'en-tête, ou un guillemet manque",
                f"vérifier que le séparateur est « {separator} » et que chaque ligne est entière",
            ) from error

    return Layout(read, header_line=1)


def workbook(sheet: str, header_line: int, names: Sequence[str] = ()) -> Layout:
    """One sheet of a workbook.

    `names` replaces the first names of the header, where the publisher leaves them blank. Notes
    under the table (rows with nothing but their first cell) are not rows of it.
    """

    def read(path: Path) -> pl.DataFrame:
        try:
            frame = pl.read_excel(
                path,
                sheet_name=sheet,
                engine="calamine",
                read_options={"header_row": header_line - 1, "dtypes": "string"},
            )
        except Exception as error:
            raise SourceError(
                path.name,
                f"feuille {sheet}",
                "feuille absente ou classeur illisible",
                "déposer le classeur tel que publié, sans renommer ses feuilles",
            ) from error
        renamed = dict(zip(frame.columns, names, strict=False))
        return (
            frame.filter(~pl.all_horizontal(pl.all().exclude(frame.columns[0]).is_null()))
            .rename(renamed)
            .with_columns(pl.all().fill_null(""))
        )

    return Layout(read, header_line, sheet)


def feature_collection(*properties: str) -> Layout:
    """A GeoJSON file: its properties, and each geometry as GeoJSON text."""

    def read(path: Path) -> pl.DataFrame:
        try:
            features = json.loads(path.read_text("utf-8"))["features"]
            rows = [
                {name: str(feature["properties"].get(name, "")) for name in properties}
                | {"geometrie": json.dumps(feature["geometry"], separators=(",", ":"))}
                for feature in features
            ]
        except (ValueError, KeyError, TypeError) as error:
            raise SourceError(
                path.name,
                "fichier entier",
                "ce n'est pas une collection GeoJSON",
                "le rétablir depuis le dépôt",
            ) from error
        return pl.DataFrame(rows, schema=dict.fromkeys([*properties, "geometrie"], pl.String))

    return Layout(read, header_line=1)
