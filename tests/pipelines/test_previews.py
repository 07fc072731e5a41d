"""Each published table shows its first rows as published, and the picture that it declares."""

import base64
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import pytest

from pipelines.diagnostic import previews
from pipelines.diagnostic.previews import Picture, data, drawn, first_rows, pictures, shown
from pipelines.diagnostic.published import Published, opened
from pipelines.dictionary import tables
from tests.conftest import Refreshed

LARGEST = 32_000


@pytest.fixture(scope="module")
def published(refreshed: Refreshed) -> Iterator[Published]:
    with opened(refreshed.place.published) as file:
        yield file


def test_a_preview_has_the_first_rows_of_the_published_table_and_no_other_cell(
    published: Published,
) -> None:
    for table in tables():
        order = ", ".join(table.key) if table.kind == "table" and table.key else "all"
        expected = published.rows(f"from {table.full_name} order by {order} limit 10")
        records = [dict(record.data) for record in first_rows(published, table).records]
        assert len(records) == expected.height, table.full_name
        for record, row in zip(records, expected.to_dicts(), strict=True):
            assert list(record) == list(row)
            hidden = {name for name, value in row.items() if value is None}
            assert all(record[name] == "" for name in hidden), table.full_name


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "oui"),
        (2019, "2019"),
        (2564.442, "2564,4"),
        (124.0, "124"),
        (["LAEP", "RAM"], "LAEP, RAM"),
        ("é" * 61, "é" * 59 + "…"),
    ],
)
def test_a_cell_is_written_as_it_is_read_in_french(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_table_without_a_row_says_so(published: Published) -> None:
    told = {
        "/".join(observation.asset_key.path): observation.description
        for observation in previews.observations(published)
    }
    empty = {
        table.full_name.replace(".", "/")
        for table in tables()
        if published.rows(f"from {table.full_name} limit 1").is_empty()
    }
    assert "qualite/evolutions" in empty
    assert {name for name, said in told.items() if said == previews.NO_ROW} == empty


def test_each_declared_picture_is_of_a_published_table() -> None:
    assert set(pictures()) <= {table.full_name for table in tables()}


@pytest.mark.parametrize("name", sorted(pictures()))
def test_each_declared_picture_renders_and_stays_light(published: Published, name: str) -> None:
    picture = pictures()[name]
    assert data(published, name, picture).height
    figure = previews.figure(published, name, picture)
    assert figure is not None
    assert len(figure) <= LARGEST
    assert picture.titre in figure
    image = base64.b64decode(figure.partition("base64,")[2].removesuffix(")"))
    assert ElementTree.fromstring(image).tag.endswith("svg")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Published]:
    path = tmp_path / "petit.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create schema referentiel; create schema offre;"
            "create table referentiel.publication as "
            "select timestamp '2026-01-01' as publie_le, 'essai' as version_code;"
            "create table referentiel.territoires as "
            "select 'A' as territoire_id, 'Commune A' as libelle;"
            "create table offre.services(commune_id varchar, places bigint)"
        )
        connection.execute("insert into offre.services values ('A', 3), ('A', 4)")
    with opened(path) as file:
        yield file


def test_a_picture_groups_rows_and_names_territories(small: Published) -> None:
    picture = Picture("Services", x="count(*)", y="nom(commune_id)")
    assert data(small, "offre.services", picture).rows() == [(2, "Commune A")]


def test_a_picture_writes_its_bars_names_and_figures(small: Published) -> None:
    picture = Picture("Places", x="1000 * sum(places)", y="nom(commune_id)")
    image = drawn(data(small, "offre.services", picture), picture)
    assert "Commune A" in image
    assert "7\u202f000" in image or "7\xa0000" in image


def test_a_table_without_a_row_to_show_has_no_picture(small: Published) -> None:
    picture = Picture("Services", x="count(*)", y="commune_id", filtre="places > 9")
    assert previews.figure(small, "offre.services", picture) is None
