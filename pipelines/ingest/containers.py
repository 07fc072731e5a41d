"""A data file out of what it is wrapped in, in memory: a text, or a workbook.

Which archives can be trusted, and which of their members is the data file, is for
`pipelines.archives` to say.
"""

import codecs
import io
import re
import zipfile
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import fastexcel
import polars as pl

from pipelines.archives import BROKEN, MAGIC, data_file, refuse_page, refuse_traps
from pipelines.errors import SourceError

OLD_WORKBOOK_MAGIC = b"\xd0\xcf\x11\xe0"
# A sheet is laid out whole in memory, up to its last cell: a stray one at the far corner of the
# grid asks for 500 GB, and the process is killed.
MOST_CELLS = 1 << 25
BEGINNING = 1 << 18


@dataclass(frozen=True)
class Content:
    """A data file, out of its archive: how messages name it, and its bytes."""

    name: str
    data: bytes = field(repr=False)
    # Several data sets read one workbook, and each looks at the top of every sheet.
    _read: dict[str, pl.DataFrame] = field(default_factory=dict, repr=False)

    @property
    def is_workbook(self) -> bool:
        """Whether it is a workbook (.xlsx)."""
        return self.data.startswith(MAGIC)

    def text(self, encoding: str) -> str:
        """The file as text, without its byte order mark.

        Raises:
            SourceError: it is a web page, or not in this encoding.
        """
        refuse_page(self.name, self.data)
        marked = encoding == "utf-8" or self.data.startswith(codecs.BOM_UTF8)
        try:
            text = self.data.decode("utf-8-sig" if marked else encoding)
        except UnicodeDecodeError as error:
            line = self.data.count(b"\n", 0, error.start) + 1
            raise self._badly_encoded(line, self.data[error.start]) from error
        if "\x00" in text:
            raise self._badly_encoded(text.count("\n", 0, text.index("\x00")) + 1, 0)
        return text

    def beginning(self) -> str:
        """The first lines of a text, whatever their encoding: enough to know the file by."""
        return self.data[:BEGINNING].decode("utf-8-sig", errors="replace")

    def _badly_encoded(self, line: int, byte: int) -> SourceError:
        return SourceError(
            self.name,
            f"ligne {line}",
            f"octet {byte:#04x} : le fichier n'est pas dans l'encodage attendu (UTF-8, sauf "
            "indication du catalogue)",
            "l'enregistrer en « CSV UTF-8 » sans rien changer d'autre",
        )

    @cached_property
    def _archive(self) -> zipfile.ZipFile:
        return zipfile.ZipFile(io.BytesIO(self.data))

    @cached_property
    def book(self) -> fastexcel.ExcelReader:
        """The workbook.

        Raises:
            SourceError: it cannot be opened, or is not one that can be trusted.
        """
        try:
            refuse_traps(self.name, self._archive)
            return fastexcel.read_excel(self.data)
        except (fastexcel.FastExcelError, *BROKEN) as error:
            raise self._unreadable() from error

    @cached_property
    def sheets(self) -> dict[str, bool]:
        """The sheets, and whether each is shown.

        Raises:
            SourceError: the workbook cannot be opened.
        """
        names, tags = self.book.sheet_names, self._sheet_tags()
        if not names or len(tags) != len(names):
            raise self._unreadable()
        states = (re.search(rb'\bstate="(\w+)"', tag) for tag in tags)
        return {
            name: state is None or state[1] == b"visible"
            for name, state in zip(names, states, strict=True)
        }

    def rows(self, sheet: str) -> pl.DataFrame:
        """The rows of a sheet from its first line on, every cell as text, blank if it is empty.

        A number has at most nine decimals, those of the reader of workbooks.

        Raises:
            SourceError: the sheet cannot be read.
        """
        if sheet not in self._read:
            self._refuse_vast(sheet)
            try:
                loaded = self.book.load_sheet(
                    sheet, header_row=None, skip_rows=0, dtypes="string"
                ).to_polars()
            except fastexcel.FastExcelError as error:
                raise SourceError(
                    self.name,
                    f"feuille {sheet}",
                    "elle est illisible",
                    "déposer le classeur tel que publié, enregistré en .xlsx",
                ) from error
            self._read[sheet] = loaded.with_columns(pl.all().cast(pl.String).fill_null(""))
        return self._read[sheet]

    def refuse_formulas(self, sheet: str) -> None:
        """Refuse a sheet in which a cell is computed: what it shows may be out of date.

        Raises:
            SourceError: naming the first such cell.
        """
        xml = self._part(self._part_of(sheet))
        # A sheet of a million cells is searched for them only where some element may be one.
        if not any(element in xml for element in (b"<f", b":f")):
            return
        if match := re.search(rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f[\s/>]", xml):
            cell = re.search(rb'\br="([A-Z]+[0-9]+)"', match[1])
            raise SourceError(
                self.name,
                f"feuille {sheet}, cellule {cell[1].decode() if cell else 'sans adresse'}",
                "c'est une formule, dont le résultat peut ne plus être à jour",
                "copier la feuille et la coller en « valeurs seules », puis la déposer",
            )

    def _refuse_vast(self, sheet: str) -> None:
        cells = re.findall(rb'\br="([A-Z]*)([0-9]+)"', self._part(self._part_of(sheet)))
        widest = max((_rank(letters) for letters in {letters for letters, _ in cells}), default=0)
        last = max((int(line) for line in {line for _, line in cells}), default=0)
        if widest * last > MOST_CELLS:
            raise SourceError(
                self.name,
                f"feuille {sheet}",
                f"une cellule est perdue loin des autres (ligne {last}, colonne {widest})",
                "effacer les lignes et les colonnes qui suivent le tableau, ou le copier dans un "
                "nouveau classeur",
            )

    def _sheet_tags(self) -> list[bytes]:
        return re.findall(rb"<(?:\w+:)?sheet\b[^>]*>", self._part("xl/workbook.xml"))

    def _part(self, name: str) -> bytes:
        """One of the files that make a workbook.

        Raises:
            SourceError: it is absent or damaged.
        """
        try:
            return self._archive.read(name)
        except BROKEN as error:
            raise self._unreadable() from error

    def _unreadable(self) -> SourceError:
        return SourceError(
            self.name,
            "classeur entier",
            "il est illisible : tronqué, protégé, ou d'un autre format",
            "le télécharger à nouveau, ou l'enregistrer en .xlsx sans mot de passe",
        )

    def _part_of(self, sheet: str) -> str:
        """The part of the archive that holds a sheet: the workbook names it by a link."""
        rank = self.book.sheet_names.index(sheet)
        link = re.search(rb'\br:id="([^"]+)"', self._sheet_tags()[rank])
        for tag in re.findall(rb"<Relationship\b[^>]*>", self._part("xl/_rels/workbook.xml.rels")):
            target = re.search(rb'Target="(?:/?xl/)?([^"]+)"', tag)
            if link and target and b'Id="' + link[1] + b'"' in tag:
                return f"xl/{target[1].decode()}"
        return f"xl/worksheets/sheet{rank + 1}.xml"


def _rank(letters: bytes) -> int:
    """The rank of a column of a sheet: A is the first, AA follows Z."""
    rank = 0
    for letter in letters:
        rank = 26 * rank + letter - ord("A") + 1
    return rank


def opened(path: Path, member: str | None = None) -> Content:
    """The data file at `path`, out of its archive if it is in one.

    Args:
        path: the file.
        member: the file to read in an archive; without it, the only one that holds data.

    Raises:
        SourceError: the file is unreadable, or the archive is not one that can be trusted.
    """
    try:
        state = path.stat()
        return _opened(path, member, state.st_mtime_ns, state.st_size)
    except OSError as error:
        raise SourceError(
            path.name,
            "fichier entier",
            "il est illisible",
            "vérifier ses droits, ou le déposer à nouveau",
        ) from error


def let_go() -> None:
    """Hold no file any more: the last ones were kept for the next data set."""
    _opened.cache_clear()


# The last files only: a workbook is read by several data sets, one after the other.
@lru_cache(maxsize=2)
def _opened(path: Path, member: str | None, _modified_ns: int, _size: int) -> Content:
    with path.open("rb") as content, data_file(path.name, content, member) as (name, _, inside):
        data = inside.read()
    if data.startswith(OLD_WORKBOOK_MAGIC):
        raise SourceError(
            name,
            "classeur entier",
            "c'est un ancien format Excel (.xls), ou un classeur protégé",
            "l'enregistrer en .xlsx, sans mot de passe",
        )
    return Content(name, data)
