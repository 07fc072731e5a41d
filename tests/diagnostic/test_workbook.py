"""The workbook, read back as Excel would: the published figures, and nothing that computes."""

import re
import textwrap
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import fastexcel
import pytest

from pipelines.diagnostic import workbook
from pipelines.diagnostic.headings import HEADINGS, heading
from pipelines.diagnostic.published import Published


def sheet(path: Path, name: str) -> list[dict[str, Any]]:
    """The rows of a sheet under their headings, every cell as it is stored."""
    read = fastexcel.read_excel(path).load_sheet(name, header_row=workbook.HEADING_ROW)
    return read.to_polars().to_dicts()


def parts(path: Path, folder: str) -> dict[str, str]:
    """The XML of the workbook's parts in a folder, by file name."""
    with zipfile.ZipFile(path) as archive:
        return {
            name: archive.read(name).decode("utf-8")
            for name in archive.namelist()
            if name.startswith(folder) and name.endswith(".xml")
        }


def same(cell: Any, value: Any) -> bool:
    """Whether a cell holds a published value: Excel keeps fifteen or more digits."""
    if isinstance(value, bool):
        return bool(cell == ("oui" if value else "non"))
    if isinstance(value, int | float):
        return bool(float(cell) == pytest.approx(value, rel=1e-14, abs=1e-14))
    if isinstance(value, date | datetime):
        return bool(cell == value)
    return bool((cell or None) == (value or None))


@pytest.fixture(scope="module")
def path(exports: Path) -> Path:
    return exports / workbook.FILE


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("Écart", "ecart.indicateurs"),
        ("Projections", "ecart.projections"),
        ("Places manquantes", "ecart.places_manquantes"),
        ("Places programmées", "offre.places_programmees"),
        ("Suivi", "suivi.actions"),
        ("Qualité", "qualite.rapprochements"),
        ("Sources", "referentiel.sources"),
        ("Dictionnaire", "referentiel.dictionnaire"),
    ],
)
def test_a_sheet_has_each_published_row_and_value(
    path: Path, publication: Published, name: str, table: str
) -> None:
    expected = publication.rows(f"from {table}").to_dicts()
    found = sheet(path, name)
    assert len(found) == len(expected)
    for row, cells in zip(expected, found, strict=True):
        wrong = [column for column, value in row.items() if not same(cells[heading(column)], value)]
        assert not wrong, (row, cells)


def test_the_need_is_what_each_table_of_the_need_says(path: Path, publication: Published) -> None:
    cells = {
        (row["Code du territoire"], row["Mesure"], row["Tranche d'âge"], int(row["Millésime"])): row
        for row in sheet(path, "Besoin")
    }
    counted = 0
    for place, band, vintage, people, low, high in publication.rows(
        "select territoire_id, tranche_age, millesime, personnes, borne_basse_personnes, "
        "borne_haute_personnes from besoin.population"
    ).rows():
        row = cells[place, "Habitants", band, vintage]
        assert same(row["Valeur"], people)
        assert same(row["Borne basse"], low)
        assert same(row["Borne haute"], high)
        counted += 1
    for place, vintage, poverty, lone in publication.rows(
        "select r.territoire_id, r.millesime, r.taux_pauvrete_pct, f.familles_monoparentales "
        "from besoin.revenus as r join besoin.familles as f using (territoire_id, millesime)"
    ).rows():
        rate = cells[place, "Taux de pauvreté, moyenne des IRIS publiés", None, vintage]
        assert same(rate["Valeur"], poverty)
        assert same(cells[place, "Familles monoparentales", None, vintage]["Valeur"], lone)
        counted += 1
    assert counted > 300


def test_a_masked_count_stays_an_interval(path: Path, publication: Published) -> None:
    (row,) = [
        row
        for row in sheet(path, "Besoin")
        if row["Mesure"] == "Caf, enfants couverts"
        and row["Tranche d'âge"] == "0-2 ans"
        and row["Code du territoire"] == "59298"
        and row["Millésime"] == 2019
    ]
    ((low, high),) = publication.rows(
        "select borne_basse, borne_haute from besoin.allocataires where territoire_id = '59298' "
        "and mesure = 'enfants couverts' and tranche_age = '0-2 ans' and millesime = 2019"
    ).rows()
    assert row["Valeur"] is None
    assert same(row["Borne basse"], low)
    assert same(row["Borne haute"], high)


def test_the_supply_counts_the_services_and_their_known_places(
    path: Path, publication: Published
) -> None:
    rows = sheet(path, "Offre")
    ((services, places),) = publication.rows(
        "select count(*), sum(capacite_places)::bigint from offre.services"
    ).rows()
    assert len(rows) == services
    assert sum(row["Capacité (places)"] or 0 for row in rows) == places


def test_the_first_sheet_of_figures_has_a_row_a_territory_with_its_last_value(
    path: Path, publication: Published
) -> None:
    rows = {row["Code du territoire"]: row for row in sheet(path, workbook.SYNTHESIS)}
    territories = publication.rows(
        "select territoire_id from referentiel.territoires where niveau <> 'référence'"
    )
    assert set(rows) == set(territories["territoire_id"])
    for place, value, low in publication.rows(
        "select territoire_id, valeur, borne_basse from ecart.indicateurs "
        "where indicateur_id = 'BES03' and millesime = 2019"
    ).rows():
        found = rows[place]["BES03 – Taux de pauvreté (seuil de 60 %) (% des personnes)"]
        assert same(found, value), "2018 has no rate: the last vintage that has one is shown"
        assert same(rows[place]["BES03, borne basse"], low)


def test_every_sheet_keeps_its_headings_in_sight_filters_and_prints_in_whole_columns(
    path: Path,
) -> None:
    names = fastexcel.read_excel(path).sheet_names
    assert names == [
        workbook.COVER,
        workbook.SYNTHESIS,
        *(each.name for each in workbook.SHEETS),
    ]
    sheets = parts(path, "xl/worksheets/sheet")
    assert len(sheets) == len(names)
    for name, text in sheets.items():
        if name.endswith("/sheet1.xml"):
            continue
        assert re.search(r'<pane [^>]*ySplit="3"[^>]*state="frozen"', text), name
        assert re.search(r'<autoFilter ref="A3:', text), name
        assert 'fitToHeight="0"' in text, name


@dataclass(frozen=True)
class Layout:
    """What a sheet gives to show its cells: columns in characters, rows in points, formats."""

    widths: dict[int, float]
    heights: dict[int, float]
    cells: list[tuple[int, int, str, str]]


@pytest.fixture(scope="module")
def layouts(path: Path) -> dict[str, Layout]:
    """Each sheet as a spreadsheet lays it out: its cells have their row, column, format, text."""
    namespace = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    xml = {name: ET.fromstring(text) for name, text in parts(path, "xl/").items()}
    shared = [
        "".join(item.itertext()) for item in xml["xl/sharedStrings.xml"].iterfind("x:si", namespace)
    ]
    own = {
        each.get("numFmtId"): each.get("formatCode", "")
        for each in xml["xl/styles.xml"].iterfind("x:numFmts/x:numFmt", namespace)
    }
    builtin = {"0": "", "1": "0", "2": "0.00", "3": "#,##0", "4": "#,##0.00"}
    formats = [
        (own | builtin)[each.get("numFmtId")]
        for each in xml["xl/styles.xml"].iterfind("x:cellXfs/x:xf", namespace)
    ]
    found = {}
    for number, name in enumerate(fastexcel.read_excel(path).sheet_names, start=1):
        root = xml[f"xl/worksheets/sheet{number}.xml"]
        widths = {
            rank: float(each.get("width", ""))
            for each in root.iterfind("x:cols/x:col", namespace)
            for rank in range(int(each.get("min", "")), int(each.get("max", "")) + 1)
        }
        heights, cells = {}, []
        for row in root.iterfind("x:sheetData/x:row", namespace):
            line = int(row.get("r", ""))
            heights[line] = float(row.get("ht", 15))
            for cell in row.iterfind("x:c", namespace):
                value = cell.findtext("x:v", "", namespace)
                text = shared[int(value)] if cell.get("t") == "s" else value
                reference = cell.get("r", "")
                column = _rank(reference.rstrip("0123456789"))
                cells.append((line, column, formats[int(cell.get("s", 0))], text))
        found[name] = Layout(widths, heights, cells)
    return found


def _rank(letters: str) -> int:
    rank = 0
    for letter in letters:
        rank = 26 * rank + ord(letter) - ord("A") + 1
    return rank


def test_a_figure_is_never_too_wide_for_its_column(layouts: dict[str, Layout]) -> None:
    figures = 0
    for name, layout in layouts.items():
        for line, column, pattern, text in layout.cells:
            if pattern.startswith("#,##0"):
                decimals = len(pattern.partition(".")[2])
                shown = f"{float(text):,.{decimals}f}"
                assert len(shown) + 1 <= layout.widths[column], (name, line, shown)
                figures += 1
    assert figures > 10_000


def test_a_text_has_as_many_lines_as_it_takes(layouts: dict[str, Layout]) -> None:
    for name, layout in layouts.items():
        for line, column, pattern, text in layout.cells:
            # What is written above a table, or in place of its rows, may overflow.
            if pattern or line < workbook.HEADING_ROW + 1 or text == "Aucune ligne.":
                continue
            lines = len(textwrap.wrap(text, int(layout.widths[column]) - 1))
            assert layout.heights[line] >= min(15 * lines, 405), (name, line, text)


def test_a_count_of_people_is_shown_without_a_decimal_and_kept_whole(
    layouts: dict[str, Layout], publication: Published
) -> None:
    ((people,),) = publication.rows(
        "select personnes from besoin.population where territoire_id = '59350' "
        "and tranche_age = '0-2 ans'"
    ).rows()
    assert people != round(people)
    shown = [
        pattern
        for *_, pattern, text in layouts["Besoin"].cells
        if pattern and float(text) == pytest.approx(people, rel=1e-12)
    ]
    assert shown == ["#,##0"]


def test_no_cell_is_a_formula_whatever_a_document_says(
    altered: Callable[..., Published], tmp_path: Path
) -> None:
    published = altered(
        "update offre.services set nom = '=1+1' where service_id = 'HEL-001'",
        "update offre.services set nom = '+33 @SOMME(A1)' where service_id = 'HEL-002'",
        "update offre.services set nom = 'http://www.example.org' where service_id = 'HEL-003'",
    )
    path = workbook.write(published, tmp_path)
    names = {row["Identifiant du service"]: row["Nom"] for row in sheet(path, "Offre")}
    assert [names[f"HEL-00{number}"] for number in (1, 2, 3)] == [
        "=1+1",
        "+33 @SOMME(A1)",
        "http://www.example.org",
    ]
    for name, text in parts(path, "xl/worksheets/sheet").items():
        assert "<f>" not in text, name
        assert "<f " not in text, name


def test_each_heading_is_in_french_and_says_what_the_dictionary_says(
    path: Path, publication: Published
) -> None:
    for each in workbook.SHEETS:
        assert set(publication.rows(each.rows).columns) <= HEADINGS.keys(), each.name
    notes = " ".join(parts(path, "xl/comments").values())
    told = publication.rows(
        "select definition from referentiel.dictionnaire where schema_nom = 'ecart' "
        "and table_nom = 'indicateurs' and colonne in ('completude_pct', 'motif')"
    )["definition"]
    assert len(told) == 2
    for definition in told:
        assert definition.replace("'", "&apos;") in notes or definition in notes


def test_a_heading_names_a_published_column_or_one_that_a_sheet_makes(
    publication: Published,
) -> None:
    published = publication.rows("select distinct colonne from referentiel.dictionnaire")
    made = {column for each in workbook.SHEETS for column in publication.rows(each.rows).columns}
    labels = {"territoire", "commune", "district"}
    assert HEADINGS.keys() <= {*published["colonne"], *made, *labels}


def test_the_same_publication_gives_the_same_file(publication: Published, tmp_path: Path) -> None:
    first = workbook.write(publication, tmp_path / "un").read_bytes()
    assert workbook.write(publication, tmp_path / "deux").read_bytes() == first
    created = parts(tmp_path / "un" / workbook.FILE, "docProps")["docProps/core.xml"]
    assert f"{publication.published_at:%Y-%m-%dT%H:%M:%S}Z</dcterms:created>" in created


def test_a_publication_without_a_plan_or_a_registry_has_its_sheets_and_says_they_are_empty(
    altered: Callable[..., Published], tmp_path: Path
) -> None:
    published = altered(
        "delete from offre.services", "delete from suivi.actions", "delete from ecart.scenarios"
    )
    path = workbook.write(published, tmp_path)
    for name in ("Offre", "Suivi", "Scénarios", "Évolutions"):
        (row,) = sheet(path, name)
        assert next(iter(row.values())) == "Aucune ligne."
