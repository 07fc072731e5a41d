"""The dossier says the figures of the published file, each with what goes with it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from pipelines.diagnostic import charts, dossier
from pipelines.diagnostic.blocks import Dossier, Section, Table, Text
from pipelines.diagnostic.french import number
from pipelines.diagnostic.published import Published

pytestmark = pytest.mark.long(minutes=0.7)

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The order of annex 4, between what a member looks for first and what a reader checks last.
ORDER = (
    "changements",
    "contexte",
    "offre",
    "besoins",
    "ecart",
    "schema",
    "suivi",
    "fiches",
    "methode",
)
COLUMNS = {"Valeur", "Intervalle", "Statut, millésime"}


@pytest.fixture(scope="module")
def composed(publication: Published) -> Dossier:
    return dossier.compose(publication)


def sections(composed: Dossier) -> Iterator[Section]:
    for chapter in composed.chapters:
        yield from (section for section, _ in chapter.walk())


def sheets(composed: Dossier) -> dict[str, Section]:
    return {section.title: section for section in sections(composed) if section.is_sheet}


def table_of(sheet: Section) -> dict[str, dict[str, str]]:
    """The figures of a sheet, by indicator and column."""
    (table,) = (
        block
        for block in sheet.blocks
        if isinstance(block, Table) and {column.title for column in block.columns} >= COLUMNS
    )
    heads = [column.title for column in table.columns]
    return {row[0]: dict(zip(heads, row, strict=True)) for row in table.rows}


def test_the_chapters_are_those_of_annex_4_in_their_order(composed: Dossier) -> None:
    assert tuple(chapter.name for chapter in composed.chapters) == ORDER


def test_each_commune_and_each_district_has_a_sheet(
    composed: Dossier, publication: Published
) -> None:
    expected = publication.rows(
        "select libelle from referentiel.territoires where niveau in ('commune', 'district')"
    )["libelle"].to_list()
    assert sorted(sheets(composed)) == sorted(expected)
    assert len(expected) == 20


def test_a_section_is_never_empty_and_has_a_name_of_its_own(composed: Dossier) -> None:
    found = list(sections(composed))
    assert all(section.blocks for section in found)
    assert len({section.name for section in found}) == len(found)


def test_each_chart_has_a_sentence_a_source_and_its_figures_as_a_table(composed: Dossier) -> None:
    figures = [figure for chapter in composed.chapters for figure in chapter.figures()]
    assert len(figures) > 20
    for figure in figures:
        assert figure.shows.endswith(".")
        assert figure.source.endswith(".")
        assert figure.table.rows
        widths = {len(row) for row in figure.table.rows}
        assert widths == {len(figure.table.columns)}, figure.title


@pytest.mark.parametrize(
    ("indicator", "part", "decimals", "label"),
    [
        ("PE03", "ensemble", 1, "Couverture EAJE estimée"),
        ("BES02", "ensemble", 1, "Familles monoparentales"),
        ("PE04", "cible territoire", 0, "Écart en places, cible territoire"),
    ],
)
def test_a_sheet_gives_the_values_of_the_published_file(
    composed: Dossier,
    publication: Published,
    indicator: str,
    part: str,
    decimals: int,
    label: str,
) -> None:
    rows = publication.rows(
        "select t.libelle, i.valeur, i.borne_basse, i.borne_haute, i.statut, i.millesime "
        "from ecart.indicateurs as i join referentiel.territoires as t using (territoire_id) "
        "where indicateur_id = ? and declinaison = ? and i.niveau in ('commune', 'district') "
        "and valeur is not null",
        [indicator, part],
    ).to_dicts()
    assert len(rows) == 20
    found = sheets(composed)
    for row in rows:
        cell = table_of(found[row["libelle"]])[label]
        assert cell["Valeur"] == number(row["valeur"], decimals)
        assert number(row["borne_basse"], decimals) in cell["Intervalle"]
        assert number(row["borne_haute"], decimals) in cell["Intervalle"]
        assert cell["Statut, millésime"] == f"{row['statut']}, {row['millesime']}"


def test_what_cannot_be_computed_is_written_with_the_file_that_is_missing(
    composed: Dossier,
) -> None:
    absent = [
        block.text
        for section in sections(composed)
        for block in section.blocks
        if isinstance(block, Text) and block.kind == "absence"
    ]
    for words in ("cej_2019.csv", "realisations.csv", "cibles.csv"):
        assert any(words in text for text in absent), words
    # The two files of the comparison, once each, where the modes of care are shown.
    (modes,) = (section for section in sections(composed) if section.name == "offre-modes")
    told = " ".join(block.text for block in modes.blocks if isinstance(block, Text))
    assert [told.count(name) for name in ("txcouv_pe_dep.csv", "txcouv_pe_nat.csv")] == [1, 1]


def test_the_plan_counts_places_of_nurseries_and_adds_them_up(composed: Dossier) -> None:
    (figure,) = (
        figure
        for chapter in composed.chapters
        for figure in chapter.figures()
        if figure.title == "Places d’EAJE prévues et ouvertes, cumulées"
    )
    heads = [column.title for column in figure.table.columns]
    rows = [dict(zip(heads, row, strict=True)) for row in figure.table.rows]
    # Annex 4: 4 + 14 + 20 + 20 places in 2021 of which 38 are the city's, 25 in 2023, 2 in 2024.
    assert [row["prévues, brutes"] for row in rows] == ["58", "58", "83", "85"]
    assert rows[0]["prévues, disponibles pour la ville"] == "38"
    assert [row["Année"] for row in rows] == ["2021", "2022", "2023", "2024"]


def test_maps_are_drawn_the_way_round_that_d3_fills(composed: Dossier) -> None:
    (figure,) = (
        figure
        for chapter in composed.chapters
        for figure in chapter.figures()
        if figure.title == "Couverture EAJE estimée, par district"
    )
    paths = re.findall(r'<path[^>]* d="(M[^"]+)"[^>]*fill="(?!none)', charts.svg(figure.chart))
    # A shape that is filled inside out has the frame of the map as its outline.
    assert paths
    assert all(path.count("M") <= 2 for path in paths)


class Visit:
    """A page that was opened, with what its console said and what it asked of the network."""

    def __init__(self, page: Page, file: Path) -> None:
        self.page = page
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.goto(file.as_uri())

    def left(self) -> list[str]:
        return [url for url in self.asked if not url.startswith(("file:", "data:"))]


@pytest.fixture(scope="module", params=[(1200, 900), (360, 740)], ids=["desk", "telephone"])
def visit(request: pytest.FixtureRequest, browser: Browser, exports: Path) -> Iterator[Visit]:
    width, height = request.param
    # axe is a script of the test, that the page's own policy would refuse.
    context = browser.new_context(viewport={"width": width, "height": height}, bypass_csp=True)
    yield Visit(context.new_page(), exports / dossier.PAGE)
    context.close()


def test_axe_finds_nothing_to_mend(visit: Visit) -> None:
    found: dict[str, Any] = (
        Axe().run(visit.page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response
    )
    assert not [
        (rule["id"], rule["impact"], rule["nodes"][0]["html"][:200]) for rule in found["violations"]
    ]


def test_the_page_is_no_wider_than_the_screen(visit: Visit) -> None:
    wide, screen = visit.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= screen


def test_each_chart_answers_and_comes_back_without_an_error_or_a_request(
    browser: Browser, exports: Path
) -> None:
    page = browser.new_page()
    visit = Visit(page, exports / dossier.PAGE)
    buttons = page.locator("figure button")
    assert buttons.count() > 20
    for rank in range(buttons.count()):
        button = buttons.nth(rank)
        # The keyboard does what the pointer does.
        button.focus()
        page.keyboard.press("Enter")
        figure = button.locator("xpath=ancestor::figure")
        figure.locator(".vega-embed svg").wait_for()
        page.keyboard.press("Enter")
        figure.locator(".image > svg").wait_for()
    assert not visit.said
    assert not visit.left()
    page.close()


def test_an_interactive_chart_speaks_french(browser: Browser, exports: Path) -> None:
    page = browser.new_page()
    Visit(page, exports / dossier.PAGE)
    figure = page.locator("#contexte figure").last
    figure.locator("button").click()
    marks = figure.locator(".vega-embed svg")
    marks.wait_for()
    figure.locator("path[aria-roledescription], .mark-symbol path").first.hover()
    tip = page.locator("#vg-tooltip-element")
    tip.wait_for()
    assert re.search(r"\d,\d", tip.inner_text())
    page.close()


def test_without_scripts_the_page_still_says_everything(browser: Browser, exports: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((exports / dossier.PAGE).as_uri())
    assert page.locator("figure svg").count() > 20
    assert page.locator("figure button:visible").count() == 0
    page.locator("figure details summary").first.click()
    assert page.locator("figure details table").first.is_visible()
    context.close()


def test_the_words_of_a_chart_stay_within_its_image_in_the_typeface_that_the_page_carries(
    visit: Visit,
) -> None:
    assert visit.page.evaluate("document.fonts.ready.then(() => true)")
    assert visit.page.evaluate("document.fonts.check('600 12px \"Source Sans Pro\"')")
    cut = visit.page.evaluate(
        """[...document.querySelectorAll("figure svg text")].filter((text) => {
            const inner = text.getBoundingClientRect();
            const outer = text.ownerSVGElement.getBoundingClientRect();
            return inner.left < outer.left - 1 || inner.right > outer.right + 1;
        }).map((text) => text.textContent)"""
    )
    assert not cut


def test_the_names_of_the_quadrant_stand_apart_and_off_the_points(visit: Visit) -> None:
    boxes = visit.page.evaluate(
        """[...[...document.querySelectorAll("#ecart-quadrant svg .mark-text.role-mark")].pop()
            .querySelectorAll("text")].map((text) => {
            const box = text.getBoundingClientRect();
            return [text.textContent, box.left, box.right, box.top + 3, box.bottom - 3];
        })"""
    )
    assert len(boxes) == 17
    over = [
        (one[0], other[0])
        for rank, one in enumerate(boxes)
        for other in boxes[rank + 1 :]
        if max(one[1], other[1]) < min(one[2], other[2])
        and max(one[3], other[3]) < min(one[4], other[4])
    ]
    assert not over


def test_the_page_names_nothing_beyond_itself(exports: Path) -> None:
    text = (exports / dossier.PAGE).read_text("utf-8").partition("<script>")[0]
    assert not re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', text)


def test_on_paper_each_sheet_is_one_page(exports: Path, composed: Dossier) -> None:
    document = pypdfium2.PdfDocument(exports / dossier.PAPER)
    pages = [page.get_textpage().get_text_range() for page in document]
    first_lines = [text.split("\r\n")[0].strip() for text in pages]
    ranks = [first_lines.index(title) for title in sheets(composed)]
    start = first_lines.index("Fiches par territoire")
    assert sorted(ranks) == list(range(start + 1, start + 1 + len(ranks)))
    assert first_lines[start + 1 + len(ranks)] == "Méthode, sources et qualité"


def test_the_paper_is_tagged_titled_and_in_french(exports: Path) -> None:
    content = (exports / dossier.PAPER).read_bytes()
    assert b"/MarkInfo" in content
    assert b"(fr)" in content
    metadata = pypdfium2.PdfDocument(exports / dossier.PAPER).get_metadata_dict()
    assert metadata["Title"] == "Diagnostic de la convention territoriale globale"


def test_written_twice_the_dossier_is_the_same_to_the_byte(
    publication: Published, exports: Path, tmp_path: Path
) -> None:
    dossier.write(publication, tmp_path)
    for name in (dossier.PAGE, dossier.PAPER):
        assert (tmp_path / name).read_bytes() == (exports / name).read_bytes()
