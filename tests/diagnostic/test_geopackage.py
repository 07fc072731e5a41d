"""The GeoPackage, read back as QGIS would: the published outlines and figures, and its styles."""

import re
import sqlite3
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import polars as pl
import pyogrio
import pytest
import shapely

from pipelines.diagnostic import geopackage
from pipelines.diagnostic.published import Published


@pytest.fixture(scope="module")
def path(exports: Path) -> Path:
    return exports / geopackage.FILE


def layer(path: Path, name: str) -> pl.DataFrame:
    """The rows of a layer, geometries as WKB."""
    _, table = pyogrio.read_arrow(path, layer=name)
    return pl.DataFrame(pl.from_arrow(table))


def shape(wkb: bytes | None) -> Any:
    return None if wkb is None else shapely.from_wkb(wkb)


def table(path: Path, sql: str) -> list[Any]:
    with sqlite3.connect(path) as base:
        rows = base.execute(sql).fetchall()
    base.close()
    return rows


def style(path: Path, name: str) -> ET.Element:
    ((text,),) = table(
        path,
        "select styleQML from layer_styles where useAsDefault and f_table_catalog = '' "
        f"and f_table_schema = '' and f_table_name = '{name}' "
        f"and f_geometry_column = '{geopackage.GEOMETRY}'",
    )
    return ET.fromstring(text)


@pytest.mark.parametrize(
    ("column", "indicator", "variant"),
    [
        ("pe03", "PE03", "ensemble"),
        ("pe04", "PE04", "cible territoire"),
        ("pe05", "PE05", "ensemble"),
        ("bes03", "BES03", "ensemble"),
        ("bes04", "BES04", "ensemble"),
        ("pri01", "PRI01", "ensemble"),
    ],
)
def test_each_district_has_the_published_values(
    path: Path, publication: Published, column: str, indicator: str, variant: str
) -> None:
    expected = publication.rows(
        "select territoire_id, valeur, borne_basse, borne_haute, statut, motif "
        "from ecart.indicateurs where indicateur_id = ? and declinaison = ? "
        "and niveau = 'district' and millesime = 2019 order by territoire_id",
        [indicator, variant],
    )
    found = layer(path, "districts").sort("territoire_id")
    assert expected.height == found.height > 0
    names = [
        column,
        *(f"{column}_{told}" for told in ("borne_basse", "borne_haute", "statut", "motif")),
    ]
    assert found.select("territoire_id", *names).rows() == expected.rows()


def test_each_area_has_the_published_children(path: Path, publication: Published) -> None:
    expected = dict(
        publication.rows(
            "select territoire_id, personnes from besoin.population "
            "where tranche_age = '0-2 ans' and niveau in ('commune', 'district')"
        ).rows()
    )
    found = pl.concat(
        layer(path, name).select("territoire_id", "enfants_0_2_ans")
        for name in ("districts", "communes")
    )
    assert dict(found.rows()) == expected


def test_a_district_has_its_published_outline_and_a_commune_those_of_its_districts(
    path: Path, publication: Published
) -> None:
    districts = dict(layer(path, "districts").select("territoire_id", geopackage.GEOMETRY).rows())
    areas: dict[str, float] = {}
    for district, commune, text in publication.rows(
        "select district_id, commune_id, contour_geojson from referentiel.districts"
    ).rows():
        outline = shapely.from_geojson(text)
        assert shape(districts[district]).equals(outline)
        areas[commune] = areas.get(commune, 0) + outline.area
    for commune, wkb in layer(path, "communes").select("territoire_id", geopackage.GEOMETRY).rows():
        assert shape(wkb).is_valid
        assert shape(wkb).area == pytest.approx(areas.pop(commune), rel=1e-3)
    assert not areas


def test_a_site_stands_where_it_is_published_or_nowhere(path: Path, publication: Published) -> None:
    expected = {
        site: (address, status, lon, lat)
        for site, address, status, lon, lat in publication.rows(
            "select site_id, adresse, statut_placement, lon, lat from offre.sites"
        ).rows()
    }
    points = 0
    for site, address, status, wkb in (
        layer(path, "sites")
        .select("site_id", "adresse", "statut_placement", geopackage.GEOMETRY)
        .rows()
    ):
        lon, lat = expected[site][2:]
        assert expected.pop(site)[:2] == (address, status)
        if lon is None:
            assert wkb is None
        else:
            assert (shape(wkb).x, shape(wkb).y) == (lon, lat)
            points += 1
    assert not expected
    assert points > 50


def test_the_sites_have_every_service_and_each_known_place_once(
    path: Path, publication: Published
) -> None:
    sites = layer(path, "sites")
    ((places, known),) = publication.rows(
        "select sum(capacite_places)::bigint, count(capacite_places) from offre.services"
    ).rows()
    assert sites["capacite_places"].sum() == places
    assert sites["capacites_connues"].sum() == known
    ((links,),) = publication.rows("select count(*) from offre.services_sites").rows()
    assert sites["nombre"].sum() == links
    ((name,),) = publication.rows(
        "select nom from offre.services where service_id = 'HEL-001'"
    ).rows()
    assert sites["services"].str.contains(name, literal=True).sum() >= 1


def test_the_default_style_of_districts_has_a_class_for_each_value(path: Path) -> None:
    root = style(path, "districts")
    renderer = root.find("renderer-v2")
    assert renderer is not None
    assert renderer.get("attr") == "pe03"
    ranges = [
        (float(each.get("lower", "")), float(each.get("upper", "")), each.get("symbol"))
        for each in renderer.iter("range")
    ]
    assert len(ranges) == 5
    assert all(before[1] == after[0] for before, after in pairwise(ranges))
    assert {symbol for *_, symbol in ranges} == {
        each.get("name") for each in renderer.iter("symbol")
    }
    colours = [
        option.get("value") for option in renderer.iter("Option") if option.get("name") == "color"
    ]
    assert len(set(colours)) == 5
    for value in layer(path, "districts")["pe03"]:
        assert any(low <= value <= high for low, high, _ in ranges), value
    labels = [each.get("label", "") for each in renderer.iter("range")]
    assert all(re.fullmatch(r"[\d,]+ à [\d,]+ places d'EAJE .*", label) for label in labels)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("districts", "territoire"), ("communes", "territoire"), ("sites", "adresse")],
)
def test_a_style_has_the_titles_for_a_qgis_that_reads_them_nowhere_else(
    path: Path, name: str, shown: str
) -> None:
    root = style(path, name)
    told = {each.get("field"): each.get("name") for each in root.iter("alias")}
    assert told == dict(
        table(path, f"select column_name, name from gpkg_data_columns where table_name = '{name}'")
    )
    assert root.findtext("previewExpression") == f'"{shown}"'


def test_the_lightness_of_the_classes_grows_for_a_reader_who_sees_grey(path: Path) -> None:
    lights = []
    for option in style(path, "districts").iter("Option"):
        if option.get("name") == "color":
            red, green, blue, _ = map(int, option.get("value", "").split(","))
            lights.append(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    assert lights == sorted(lights)
    assert all(after - before > 25 for before, after in pairwise(lights))


def test_each_type_of_site_has_a_colour_and_a_shape_of_its_own(path: Path) -> None:
    root = style(path, "sites")
    drawn = {
        symbol.get("name"): tuple(
            option.get("value")
            for option in symbol.iter("Option")
            if option.get("name") in ("color", "name")
        )
        for symbol in root.iter("symbol")
    }
    types = {each.get("value"): drawn[each.get("symbol")] for each in root.iter("category")}
    assert set(layer(path, "sites")["type_affiche"].drop_nulls()) == set(types)
    assert len(set(types.values())) == len(types) > 5


def test_a_column_has_a_title_with_its_unit_and_a_layer_says_what_it_lacks(
    path: Path, publication: Published
) -> None:
    titles = dict(
        table(path, "select column_name, name from gpkg_data_columns where table_name='districts'")
    )
    assert titles["pe03"] == (
        "PE03 – Couverture EAJE estimée (places pour 100 enfants de 0 à 2 ans)"
    )
    assert titles.keys() == set(layer(path, "districts").columns) - {geopackage.GEOMETRY, "numero"}
    ((missing,),) = publication.rows("select count(*) from offre.sites where lon is null").rows()
    told = pyogrio.read_info(path, layer="sites")
    assert told["crs"] == "EPSG:4326"
    assert f"{missing} ligne(s) sur" in told["layer_metadata"]["DESCRIPTION"]


def test_whoever_gave_the_data_is_cited(path: Path, publication: Published) -> None:
    cited = pyogrio.read_info(path, layer="districts")["dataset_metadata"]["ATTRIBUTION"]
    for producer, licence in publication.rows(
        "select distinct producteur, licence from referentiel.sources"
    ).rows():
        assert producer in cited
        assert licence in cited


def test_the_same_publication_gives_the_same_file(publication: Published, tmp_path: Path) -> None:
    first = geopackage.write(publication, tmp_path / "un").read_bytes()
    assert geopackage.write(publication, tmp_path / "deux").read_bytes() == first


def test_a_territory_without_a_map_has_its_table_and_the_layer_says_so(
    altered: Callable[..., Published], tmp_path: Path
) -> None:
    published = altered("delete from referentiel.districts", "delete from offre.sites")
    path = geopackage.write(published, tmp_path)
    rows = layer(path, "districts")
    assert rows.height == 17
    assert rows[geopackage.GEOMETRY].null_count() == 17
    assert rows["pe03"].null_count() == 0
    said = pyogrio.read_info(path, layer="districts")["layer_metadata"]["DESCRIPTION"]
    assert "17 ligne(s) sur 17 sans contour" in said
    assert layer(path, "sites").is_empty()
    said = pyogrio.read_info(path, layer="sites")["layer_metadata"]["DESCRIPTION"]
    assert "Ce territoire n'en a pas" in said


@pytest.mark.parametrize(
    "change", ["delete from ecart.indicateurs", "update ecart.indicateurs set valeur = 12"]
)
def test_a_style_stands_even_where_there_is_nothing_to_sort(
    altered: Callable[..., Published], tmp_path: Path, change: str
) -> None:
    path = geopackage.write(altered(change), tmp_path)
    root = style(path, "districts")
    assert len(list(root.iter("range"))) == len(list(root.iter("symbol"))) <= 1
