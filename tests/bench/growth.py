"""A territory several times as large as the default, in the published layouts.

Each Insee commune beyond the first is a copy of 59350, under a code that Insee has not given: its
figures are those of Lille, which is said wherever they are shown. What is measured is the size.
"""

import csv
import shutil
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

import fastexcel
import xlsxwriter
import yaml

from pipelines.settings import ROOT

COPIED = "59350"
# Codes that no commune bears: Insee's departments stop at 976.
CODES = range(98000, 99999)
# Files that give rows for an IRIS or a commune, and are read as texts.
FILES = (
    "insee/base-ic-evol-struct-pop-2019.csv",
    "insee/base-ic-couples-familles-menages-2019.csv",
    "insee/BASE_TD_FILO_DISP_IRIS_2018.csv",
    "insee/BASE_TD_FILO_DISP_IRIS_2019.csv",
    "insee/FILO2019_DISP_COM.csv",
    "insee/bpe19_ensemble.csv",
    "caf/data_CAF_2019_IRIS.csv",
    "caf/data_CAF_2020_IRIS.csv",
    "caf/nombre_places_pe_com.csv",
    "caf/taux_couverture_pe_com.csv",
)
POINTS = "geo/iris_centroides.csv"
# Its year is that of the outlines: the copy is not the file that the catalogue knows.
MOVED_POINTS = "geo/iris_centroides_2020.csv"
# Copies stand apart, in degrees: no family of one goes to a place of another.
EAST, SOUTH, IN_A_LINE = 0.2, 0.2, 10
WORKBOOKS = ("insee/reference_IRIS_geo2023.xlsx", "insee/naissances_domiciliees_annuelles.xlsx")
NAME = "copies"


def write(folder: Path, times: int) -> Path:
    """Write sources of `times` communes, and their convention, called `copies`.

    Args:
        folder: where; it must not be there yet.
        times: how many communes of 110 IRIS.

    Returns:
        The folder of sources.
    """
    codes = [COPIED, *map(str, CODES[: times - 1])]
    for name in FILES:
        head, *rows = _read(name)
        _write(folder / name, [head, *_copied(rows, codes)])
    head, *rows = _read(POINTS)
    _write(folder / MOVED_POINTS, [head, *_moved(rows, head, codes)])
    for name in WORKBOOKS:
        _write_workbook(folder / name, ROOT / "sources" / name, codes)
    for name in ("catalogue.yml", "eponymes.yml"):
        shutil.copy(ROOT / "sources" / name, folder / name)
    convention = folder / "conventions" / NAME / "territoire.yml"
    convention.parent.mkdir(parents=True)
    convention.write_text(yaml.safe_dump(_territory(codes), allow_unicode=True), "utf-8")
    return folder


def _read(name: str) -> list[list[str]]:
    with (ROOT / "sources" / name).open(encoding="utf-8", newline="") as source:
        return [*csv.reader(source, delimiter=";")]


def _write(path: Path, rows: Iterable[list[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target, delimiter=";").writerows(rows)


def _moved(rows: list[list[str]], head: list[str], codes: list[str]) -> Iterator[list[str]]:
    """The points of the commune, under each code where its copy stands."""
    lon, lat = head.index("lon"), head.index("lat")
    for row, (rank, code) in product(rows, enumerate(codes)):
        (copy,) = _copied([row], [code])
        copy[lon] = f"{float(row[lon]) + EAST * (rank % IN_A_LINE):.6f}"
        copy[lat] = f"{float(row[lat]) - SOUTH * (rank // IN_A_LINE):.6f}"
        yield copy


def _copied(rows: list[list[str]], codes: list[str]) -> Iterator[list[str]]:
    """The rows of the commune under each code; those of other areas once."""
    for row in rows:
        if any(cell.startswith(COPIED) for cell in row):
            for code in codes:
                yield [
                    code + cell.removeprefix(COPIED) if cell.startswith(COPIED) else cell
                    for cell in row
                ]
        else:
            yield row


def _write_workbook(target: Path, source: Path, codes: list[str]) -> None:
    """Copy a workbook sheet by sheet, each cell as a text."""
    book = fastexcel.read_excel(source)
    with xlsxwriter.Workbook(target) as written:
        for name in book.sheet_names:
            sheet = book.load_sheet(name, header_row=None, dtypes="string").to_polars()
            rows = [["" if cell is None else cell for cell in row] for row in sheet.iter_rows()]
            page = written.add_worksheet(name)
            for number, row in enumerate(_copied(rows, codes)):
                page.write_row(number, 0, row)


def _territory(codes: list[str]) -> dict[str, object]:
    return {
        "id": "COPIES",
        "libelle": f"{len(codes)} fois Lille",
        "chiffres_du_code_district": 7,
        "convention": {
            "titre": "Territoire de mesure : des copies de Lille",
            "debut": "2021-01-01",
            "fin": "2024-12-31",
        },
        "communes": [{"id": code, "libelle": f"Lille {code}"} for code in codes],
        "references": [{"id": "59", "libelle": "Nord"}, {"id": "F", "libelle": "France"}],
    }
