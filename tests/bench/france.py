"""The whole of France in the published layouts: every commune a territory.

What is published whole is read as it is, but for the lines of some hundred IRIS that the reference
no longer has: no file at hand says what became of them. No national file of the census is at hand:
an IRIS that the published part lacks has the line of one that it has, in turn, and three of the
five vintages of the Caf are the lines of another one. Those figures are true of nowhere: what is
measured is the size.
"""

import csv
import io
import itertools
import shutil
import zipfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

import fastexcel
import polars as pl
import yaml

from pipelines.settings import ROOT

NAME = "france"
REFERENCE = "insee/reference_IRIS_geo2023.xlsx"
AS_PUBLISHED = (
    REFERENCE,
    "insee/naissances_domiciliees_annuelles.xlsx",
    "insee/FILO2019_DISP_COM.csv",
    "caf/nbpla_pe_caf.csv",
    "caf/tx_couverture.csv",
)
BY_IRIS = {
    "insee/BASE_TD_FILO_DISP_IRIS_2018.csv": "IRIS",
    "insee/BASE_TD_FILO_DISP_IRIS_2019.csv": "IRIS",
    "caf/data_CAF_2019_IRIS.csv": "CODGEO",
    "caf/data_CAF_2020_IRIS.csv": "CODGEO",
    "insee/bpe19_ensemble_csv.zip": "DCIRIS",
}
OTHER_VINTAGES = {"2017": "2019", "2018": "2019", "2021": "2020"}
# The published part that is at hand, and the name of the national file.
CENSUS = {
    "base-ic-evol-struct-pop-2019.mel.csv": "base-ic-evol-struct-pop-2019.csv",
    "base-ic-couples-familles-menages-2019.dep59.csv": "base-ic-couples-familles-menages-2019.csv",
}


def write(folder: Path, published: Path) -> Path:
    """Write sources of the whole country, and their convention, called `france`.

    Args:
        folder: where; it must not be there yet.
        published: the folder of files as they are published.

    Returns:
        The folder of sources.
    """
    folder.mkdir(parents=True)
    for name in AS_PUBLISHED:
        shutil.copyfile(published / name, folder / Path(name).name)
    areas = _areas(published / REFERENCE)
    known = {*areas["CODE_IRIS"]}
    for name, column in BY_IRIS.items():
        head, *lines = _lines(published / name)
        kept = [head, *_known(lines, head.split(";").index(column), known)]
        _write(folder / Path(name).name.replace("_csv.zip", ".csv"), kept)
    for year, other in OTHER_VINTAGES.items():
        head, *lines = _lines(folder / f"data_CAF_{other}_IRIS.csv")
        # In an order of its own: files of the same bytes are read once.
        _write(
            folder / f"data_CAF_{year}_IRIS.csv", [head, *lines[int(year) :], *lines[: int(year)]]
        )
    for source, target in CENSUS.items():
        rows = csv.reader(_lines(published / "insee" / source), delimiter=";")
        with (folder / target).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=";").writerows(_census(list(rows), areas["CODE_IRIS"]))
    for name in ("catalogue.yml", "eponymes.yml"):
        shutil.copy(ROOT / "sources" / name, folder / name)
    convention = folder / "conventions" / NAME / "territoire.yml"
    convention.parent.mkdir(parents=True)
    convention.write_text(yaml.safe_dump(_territory(areas), allow_unicode=True), "utf-8")
    return folder


def _areas(reference: Path) -> pl.DataFrame:
    """CODE_IRIS, DEPCOM and LIBCOM of every IRIS."""
    book = fastexcel.read_excel(reference)
    sheet = book.load_sheet("Emboitements_IRIS", header_row=5, dtypes="string")
    return sheet.to_polars().select("CODE_IRIS", "DEPCOM", "LIBCOM")


def _lines(path: Path) -> list[str]:
    data = path.read_bytes()
    if path.suffix == ".zip":
        archive = zipfile.ZipFile(io.BytesIO(data))
        data = archive.read("bpe19_ensemble.csv")
    return data.decode("utf-8-sig").splitlines()


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _known(lines: Iterable[str], column: int, known: Collection[str]) -> Iterator[str]:
    """The lines of an IRIS of the reference, or of no IRIS."""
    for line in lines:
        code = line.split(";", column + 1)[column].replace("_", "")
        if len(code) < 9 or code in known:
            yield line


def _census(rows: Sequence[list[str]], codes: Iterable[str]) -> Iterator[list[str]]:
    """The header, then the row of each IRIS: its own, or the next one of another under its code."""
    head, *rows = rows
    yield head
    iris, commune = head.index("IRIS"), head.index("COM")
    own = {row[iris]: row for row in rows}
    others = itertools.cycle(rows)
    for code in codes:
        row = [*(own.get(code) or next(others))]
        row[iris], row[commune] = code, code[:5]
        yield row


def _territory(areas: pl.DataFrame) -> dict[str, object]:
    communes = areas.unique("DEPCOM").sort("DEPCOM").select("DEPCOM", "LIBCOM").rows()
    return {
        "id": "FRANCE",
        "libelle": "Toutes les communes",
        "chiffres_du_code_district": 7,
        "convention": {
            "titre": "Territoire de mesure : toutes les communes, recensement engendré",
            "debut": "2021-01-01",
            "fin": "2024-12-31",
        },
        "communes": [{"id": code, "libelle": f"{name} ({code})"} for code, name in communes],
        "references": [{"id": "F", "libelle": "France"}],
    }
