"""Names that would be a script, a formula, SQL or a command: in all that leaves, they are text."""

import base64
import re
import shutil
import sqlite3
from collections.abc import Iterator
from html import escape
from pathlib import Path
from xml.etree import ElementTree as ET

import duckdb
import pypdfium2
import pytest
from playwright.sync_api import Browser

from pipelines.diagnostic import dossier, geopackage, previews
from pipelines.diagnostic.published import Published, opened
from pipelines.dictionary import tables

# What the page would set if any of it ran.
SCRIPT = '<img src=x onerror="pris=1"><script>pris=1</script></script><!--'
MARKDOWN = "[ici](javascript:pris=1) ![x](x) `#panic(1)` #panic(2)"
SQL = "'); drop table offre.services; --"
PLACE, SERVICE = f"{SCRIPT} {SQL}", f"{MARKDOWN} {SCRIPT}"


@pytest.fixture(scope="module")
def hostile(
    publication: Published, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Published]:
    """The shared publication, with a district and a service that have such names."""
    copy = tmp_path_factory.mktemp("hostile") / "autre.duckdb"
    shutil.copyfile(publication.file, copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            "update referentiel.territoires set libelle = ? where territoire_id = '5935005'",
            [PLACE],
        )
        connection.execute("update offre.services set nom = ? where nom is not null", [SERVICE])
    with opened(copy) as published:
        yield published


@pytest.fixture(scope="module")
def folder(hostile: Published, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exports")
    dossier.write(hostile, path)
    return path


def test_a_hostile_name_is_read_on_the_page_and_runs_nothing(
    browser: Browser, folder: Path
) -> None:
    page = browser.new_page()
    said: list[str] = []
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto((folder / dossier.PAGE).as_uri())
    assert page.get_by_text(PLACE).count() > 10, "in titles, sentences and tables, as written"
    for button in page.locator("figure button").all():
        if button.is_visible():
            button.click()
    page.locator(".vega-embed svg").last.wait_for()
    assert page.locator("figure .vega-embed svg").get_by_text("onerror").count() > 0
    assert page.evaluate("typeof pris") == "undefined"
    assert page.locator("img[src=x]").count() == 0
    assert said == []
    page.close()


def test_a_hostile_name_is_read_on_paper(folder: Path) -> None:
    document = pypdfium2.PdfDocument(folder / dossier.PAPER)
    words = "".join(page.get_textpage().get_text_range() for page in document)
    assert "<script>pris=1</script>" in re.sub(r"\s+", "", words)


def test_a_hostile_name_is_a_value_of_the_geopackage(hostile: Published, tmp_path: Path) -> None:
    path = geopackage.write(hostile, tmp_path)
    with sqlite3.connect(path) as base:
        names = base.execute("select territoire from districts where territoire_id = '5935005'")
        assert names.fetchall() == [(PLACE,)]
        ((services,),) = base.execute("select services from sites where services <> '' limit 1")
        assert SERVICE in services
        styles = base.execute("select styleQML from layer_styles").fetchall()
    base.close()
    for (style,) in styles:
        ET.fromstring(style)


def test_a_hostile_name_is_a_cell_or_an_image_in_the_interface(hostile: Published) -> None:
    declared = previews.pictures()
    drawn = 0
    for table in tables():
        picture = declared.get(table.full_name)
        shown = previews.figure(hostile, table.full_name, picture) if picture else None
        if shown is None:
            continue
        title, _, image = shown.partition("base64,")
        assert "pris" not in title, "what is Markdown is the dictionary's"
        drawing = base64.b64decode(image.removesuffix(")")).decode()
        assert not [node for node in ET.fromstring(drawing).iter() if node.tag.endswith("script")]
        drawn += escape(SCRIPT[:8], quote=False) in drawing
    assert drawn > 0
    rows = previews.first_rows(
        hostile, next(table for table in tables() if table.full_name == "offre.services")
    )
    cells = {str(record.data["nom"]) for record in rows.records}
    assert cells == {previews.shown(SERVICE)}
