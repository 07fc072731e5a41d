"""PE05 of the published file: what must hold, and a district worked out again from the files."""

from collections.abc import Iterator
from math import asin, cos, exp, radians, sin, sqrt

import duckdb
import polars as pl
import pytest

from pipelines.settings import ROOT
from tests.conftest import Refreshed

Warehouse = duckdb.DuckDBPyConnection
SOURCES = ROOT / "sources"
CATCHMENTS = {1000, 1500, 2000, 3000}


@pytest.fixture
def build(refreshed: Refreshed) -> Iterator[Warehouse]:
    """What the shared refresh computed before it published."""
    with duckdb.connect(str(refreshed.place.build), read_only=True) as connection:
        yield connection


def rows(warehouse: Warehouse, sql: str) -> list[dict[str, object]]:
    return warehouse.sql(sql).pl().to_dicts()


def read(name: str) -> pl.DataFrame:
    return pl.read_csv(SOURCES / name, separator=";", infer_schema=False)


@pytest.mark.parametrize("captage_m", sorted(CATCHMENTS))
def test_the_closed_territory_has_the_places_that_the_cnaf_publishes(
    warehouse: Warehouse, captage_m: int
) -> None:
    # Σ children × accessibility = Σ places: 2 372 EAJE places in 2019, whatever the catchment, as
    # long as somebody reaches each site.
    (whole,) = rows(
        warehouse,
        "select accessibilite * enfants_0_2_ans / 100 as places, desaccord "
        f"from ecart.accessibilite where niveau = 'territoire' and captage_m = {captage_m}",
    )
    assert whole["places"] == pytest.approx(2372)
    assert whole["desaccord"] is False


@pytest.mark.parametrize("niveau", ["commune", "district"])
def test_the_places_within_reach_of_the_parts_are_those_of_the_whole(
    warehouse: Warehouse, niveau: str
) -> None:
    sums = rows(
        warehouse,
        "select captage_m, sum(accessibilite * enfants_0_2_ans / 100) as places "
        f"from ecart.accessibilite where niveau = '{niveau}' group by captage_m",
    )
    assert {row["captage_m"] for row in sums} == CATCHMENTS
    assert [row["places"] for row in sums] == pytest.approx([2372] * len(CATCHMENTS))


def test_the_children_and_the_plain_ratio_are_those_of_the_census_and_of_pe03(
    warehouse: Warehouse,
) -> None:
    census = read("insee/base-ic-evol-struct-pop-2019.csv").select(
        "IRIS", pl.col("P19_POP0002").cast(pl.Float64)
    )
    children = {
        district: float(group["P19_POP0002"].sum())
        for (district,), group in census.group_by(pl.col("IRIS").str.slice(0, 7))
    }
    found = rows(
        warehouse,
        "select a.territoire_id, a.enfants_0_2_ans, a.taux_simple, i.valeur "
        "from ecart.accessibilite as a join ecart.indicateurs as i using (territoire_id) "
        "where a.niveau = 'district' and a.captage_m = 2000 and i.indicateur_id = 'PE03' "
        "and i.declinaison = 'ensemble'",
    )
    assert len(found) == 17
    for row in found:
        assert row["enfants_0_2_ans"] == pytest.approx(children[str(row["territoire_id"])])
        assert row["taux_simple"] == row["valeur"]


def test_pe05_is_the_row_of_the_default_catchment_beside_the_plain_ratio(
    warehouse: Warehouse,
) -> None:
    found = rows(
        warehouse,
        "select i.statut, i.valeur, i.borne_basse, i.borne_haute, i.motif, i.edition, "
        "a.accessibilite, a.desaccord, a.taux_simple, a.edition as edition_mart "
        "from ecart.indicateurs as i join ecart.accessibilite as a using (territoire_id) "
        "where i.indicateur_id = 'PE05' and a.captage_m = 2000",
    )
    # Three communes and seventeen districts.
    assert len(found) == 20
    for row in found:
        motif = str(row["motif"])
        assert row["statut"] == "estimé"
        assert row["valeur"] == row["accessibilite"]
        assert row["edition"] == row["edition_mart"]
        assert row["borne_basse"] < row["valeur"] < row["borne_haute"]  # type: ignore[operator]
        plain = f"{row['taux_simple']:.1f}".replace(".", ",")
        assert f"Taux simple (PE03) : {plain}." in motif
        assert ("En désaccord avec PE03." in motif) is row["desaccord"]
        assert "Système fermé à la limite du territoire : voisins absents" in motif


def test_the_mark_of_disagreement_is_a_quarter_of_the_ratio_and_outside_the_interval(
    warehouse: Warehouse,
) -> None:
    found = rows(warehouse, "select * from ecart.accessibilite")
    marks = set()
    for row in found:
        plain, reached = float(str(row["taux_simple"])), float(str(row["accessibilite"]))
        low, high = float(str(row["borne_basse"])), float(str(row["borne_haute"]))
        expected = abs(reached - plain) > 0.25 * plain and not low <= plain <= high
        assert row["desaccord"] is expected
        marks.add(expected)
    assert marks == {True, False}


def test_the_estimate_is_among_its_draws_before_a_bound_is_brought_to_it(
    build: Warehouse,
) -> None:
    # A bound is brought to the value where the draws leave it aside: the published bounds cannot
    # say whether the estimate and its draws are of one world.
    values = rows(
        build,
        "select captage_m, territoire_id, "
        "  accessibilite[1] as value, "
        "  list_aggregate(accessibilite[2:], 'quantile_cont', 0.05) as low, "
        "  list_aggregate(accessibilite[2:], 'quantile_cont', 0.95) as high "
        "from intermediaire.est_accessibilite "
        "where scenario_id = 'référence' and variante = 'référence' and niveau = 'district'",
    )
    assert len(values) == 17 * len(CATCHMENTS)
    outside = [row for row in values if not row["low"] <= row["value"] <= row["high"]]  # type: ignore[operator]
    assert outside == []


# Les Sarts has no site; Moulins gets twenty places; Concorde, which closes, has no more children.
@pytest.mark.parametrize(
    ("scenario", "district"),
    [
        ("référence", "5935024"),
        ("référence", "5935005"),
        ("référence", "5935006"),
        ("vingt_places_moulins", "5935005"),
        ("fermeture_concorde", "5935006"),
        ("fermeture_concorde", "5935003"),
    ],
)
def test_a_district_worked_out_again_from_sites_and_iris(
    scenario: str, district: str, warehouse: Warehouse, build: Warehouse
) -> None:
    # One loop for each formula of the guide, on the estimate: shares of the children of each IRIS
    # among the establishments open within 2 000 m, level of service of each site, what comes back.
    census = read("insee/base-ic-evol-struct-pop-2019.csv")
    children = {row["IRIS"]: float(row["P19_POP0002"]) for row in census.iter_rows(named=True)}
    points = {
        row["IRIS"]: (float(row["lon"]), float(row["lat"]))
        for row in read("geo/iris_centroides.csv").iter_rows(named=True)
    }
    sites = build.sql(
        "select s.lon, s.lat, s.unite_id, e.places[1], if(s.service_id is null, "
        "s.etablissements * s.part_ouverte, s.part) from intermediaire.int_sites_eaje as s "
        "join intermediaire.est_sites as e using (scenario_id, site_id, millesime, edition) "
        f"where scenario_id = '{scenario}' and e.places[1] > 0"
    ).fetchall()

    def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
        (lon, lat), (to_lon, to_lat) = (map(radians, a), map(radians, b))
        half = sin((to_lat - lat) / 2) ** 2 + cos(lat) * cos(to_lat) * sin((to_lon - lon) / 2) ** 2
        return 2 * 6_371_008.8 * asin(sqrt(half))

    def weight(distance: float) -> float:
        if distance > 2000:
            return 0
        return (exp(-((distance / 2000) ** 2) / 2) - exp(-1 / 2)) / (1 - exp(-1 / 2))

    def middle(unit: str) -> tuple[float, float]:
        """The mean point of the children of a unit: its IRIS start with it, or are of Lille."""
        lille = tuple(f"59350{number:02}" for number in range(1, 11))
        start = lille if unit == "59350-LILLE" else unit
        homes = [iris for iris in points if iris.startswith(start)]
        total = sum(children[iris] for iris in homes)
        lon, lat = (
            sum(children[iris] * points[iris][axis] for iris in homes) / total for axis in (0, 1)
        )
        return lon, lat

    places = [row[3] for row in sites]
    counts = [row[4] for row in sites]
    spots = [middle(unit) if lon is None else (lon, lat) for lon, lat, unit, *_ in sites]
    shares = {}
    for iris, point in points.items():
        weights = [
            weight(metres(point, spot)) * count for spot, count in zip(spots, counts, strict=True)
        ]
        shares[iris] = [value / sum(weights) if sum(weights) else 0 for value in weights]
    asked = [
        sum(children[iris] * shares[iris][site] for iris in points) for site in range(len(spots))
    ]
    reach = {
        iris: sum(
            share * places[site] / asked[site] for site, share in enumerate(shares[iris]) if share
        )
        for iris in points
    }
    homes = [iris for iris in points if iris.startswith(district)]
    expected = 100 * sum(children[i] * reach[i] for i in homes) / sum(children[i] for i in homes)

    (found,) = rows(
        warehouse,
        f"select valeur from ecart.scenarios where scenario_id = '{scenario}' "
        f"and indicateur_id = 'PE05' and territoire_id = '{district}'",
    )
    assert found["valeur"] == pytest.approx(expected)
