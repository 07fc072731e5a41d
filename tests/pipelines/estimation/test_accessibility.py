"""Accessibility by territory: a small system by hand, with and without neighbours."""

from itertools import product
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines.estimation import population
from pipelines.estimation.accessibility import by_territory
from pipelines.estimation.catchment import EARTH_RADIUS_M
from pipelines.estimation.draws import DRAWN, KNOWN_CENSUS, KNOWN_PLACES, CensusNoise
from tests.pipelines.estimation.test_draws import in_rows

# On a meridian, a metre is a constant number of degrees.
DEGREE_M = 3.141592653589793 * EARTH_RADIUS_M / 180
DRAWS = 20
TWICE = CensusNoise(2, 2021, 2)
YEAR = {"millesime": 2019, "edition": "Cnaf ; BPE"}
CENSUS = {"edition_population": "RP 2019"}


def north(metres: float) -> dict[str, float]:
    return {"lon": 3.0, "lat": 50 + metres / DEGREE_M}


def children(**metres_and_count: tuple[float, float]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"iris": iris, "tranche_age": "0-2 ans", "personnes": count, **north(metres)}
            | YEAR
            | CENSUS
            for iris, (metres, count) in metres_and_count.items()
        ]
    )


def memberships(**iris: list[str]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "iris": code,
                "territoire_id": territory,
                "niveau": "territoire" if territory == "T" else "district",
                "iris_du_territoire": len(codes),
            }
            for territory, codes in iris.items()
            for code in codes
        ]
    )


def system(**sites: tuple[float | None, str, float]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Sites of the reference, each at a number of metres in a unit, and their places."""
    nowhere = {"lon": None, "lat": None}
    located = pl.DataFrame(
        [
            {"scenario_id": "référence", "site_id": site, "service_id": site, "unite_id": unit}
            | {"etablissements": 0.0, "part_ouverte": 1.0}
            | (nowhere if metres is None else north(metres))
            | YEAR
            for site, (metres, unit, _) in sites.items()
        ],
        schema_overrides={"lon": pl.Float64, "lat": pl.Float64, "service_id": pl.String},
    )
    places = pl.DataFrame(
        [
            {"scenario_id": "référence", "site_id": site, "tirage": draw, "places": places} | YEAR
            for (site, (_, _, places)), draw in product(sites.items(), range(1 + DRAWS))
        ]
    )
    return located, places


def around(*sites: tuple[float, float], establishments: float = 1) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"places": places, "etablissements": establishments, **north(metres)} | YEAR | CENSUS
            for metres, places in sites
        ],
        schema={
            "places": pl.Float64,
            "etablissements": pl.Float64,
            "lon": pl.Float64,
            "lat": pl.Float64,
            "edition_population": pl.String,
            "millesime": pl.Int64,
            "edition": pl.String,
        },
    )


def found(
    people: pl.DataFrame,
    homes: pl.DataFrame,
    sites: tuple[pl.DataFrame, pl.DataFrame],
    neighbours: pl.DataFrame | None = None,
    **changed: Any,
) -> pl.DataFrame:
    """Its rows, one a draw."""
    parameters: dict[str, Any] = {
        "catchment": 1000,
        "decay": "linéaire",
        "noise": CensusNoise(DRAWS, 2021, 2),
    }
    located, places = sites
    held = places.group_by("scenario_id", "site_id", *YEAR).agg(pl.col("places").sort_by("tirage"))
    lists = by_territory(
        people,
        homes,
        located,
        held,
        around() if neighbours is None else neighbours,
        **parameters | changed,
    )
    return in_rows(lists, "accessibilite")


def central(frame: pl.DataFrame) -> dict[str, float]:
    return dict(
        frame.filter(pl.col("tirage") == 0).select("territoire_id", "accessibilite").iter_rows()
    )


PEOPLE = children(A=(0, 100), B=(1250, 60))
HOMES = memberships(D1=["A"], D2=["B"], T=["A", "B"])
# 250 and 750 m from A, 1 000 and 500 m from B.
SITES = system(S1=(250, "D1", 30.0), S2=(750, "D2", 17.0))


def test_a_system_of_two_districts_by_hand() -> None:
    # Linear over 1 000 m: A weighs 0.75 at S1 and 0.25 at S2, B nothing at S1 and 0.5 at S2, its
    # only site. S1: 30 / 75 = 0.4 place a child; S2: 17 / (25 + 60) = 0.2. A: 0.75 × 0.4 + 0.25 ×
    # 0.2 = 0.35; B: 0.2. Together (35 + 12) / 160 = 29.375 %.
    assert central(found(PEOPLE, HOMES, SITES)) == pytest.approx({"D1": 35, "D2": 20, "T": 29.375})


def test_in_every_draw_the_closed_territory_has_the_places_for_its_drawn_children() -> None:
    frame = found(PEOPLE, HOMES, SITES).filter(pl.col("territoire_id") == "T").sort("tirage")
    # The children are those of the same draw in every other table: whoever else is drawn there.
    everyone = PEOPLE.select("iris", "millesime", "personnes", edition="edition_population").join(
        pl.DataFrame({"tranche_age": population.ELEMENTARY}), how="cross"
    )
    (drawn,) = population.by_territory(everyone, HOMES, CensusNoise(DRAWS, 2021, 2))
    children = drawn.filter(territoire_id="T", tranche_age="0-2 ans")["personnes"].explode()
    assert frame.height == 1 + DRAWS
    assert (frame["accessibilite"] * children / 100).to_list() == pytest.approx([47] * (1 + DRAWS))
    assert frame["accessibilite"].n_unique() > DRAWS / 2


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_rows_changes_no_digit(seed: int) -> None:
    people = children(**{f"I{rank}": (137 * rank, 10 + 7.3 * rank) for rank in range(12)})
    homes = memberships(**{f"D{rank}": [f"I{2 * rank}", f"I{2 * rank + 1}"] for rank in range(6)})
    homes = pl.concat([homes, memberships(T=people["iris"].to_list())])
    located, held = system(**{f"S{rank}": (211 * rank, "T", 5 + 3.7 * rank) for rank in range(7)})
    beyond = around((1750, 12.3), (1900, 7.7), (-300, 9.1))

    def mixed(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.sample(fraction=1, shuffle=True, seed=seed)

    keys = ["variante", "territoire_id", "tirage"]
    assert_frame_equal(
        found(mixed(people), mixed(homes), (mixed(located), mixed(held)), mixed(beyond)).sort(keys),
        found(people, homes, (located, held), beyond).sort(keys),
        check_exact=True,
    )


def test_a_site_without_a_point_stands_where_the_children_of_its_unit_do() -> None:
    # A at 0 m with 100 children, B at 1 250 m with 60: 1 250 × 60 / 160 = 468.75 m.
    nowhere = system(S1=(250, "D1", 30.0), S2=(None, "T", 17.0))
    there = system(S1=(250, "D1", 30.0), S2=(468.75, "T", 17.0))
    assert central(found(PEOPLE, HOMES, nowhere)) == pytest.approx(
        central(found(PEOPLE, HOMES, there)), rel=1e-9
    )


def test_a_neighbour_shares_its_places_and_its_children_and_has_no_figure() -> None:
    # V, of no district, stands 500 m beyond B and has 40 children; its site (20 places) half-way,
    # 250 m from both. B weighs 0.5 at S2 and 0.75 at the neighbour's: 0.4 and 0.6. V is 1 000 m
    # from S2: 1 at its own alone. S2: 17 / (25 + 24); the neighbour's: 20 / (36 + 40).
    people = pl.concat([PEOPLE, children(V=(1750, 40))])
    frame = found(people, HOMES, SITES, around((1500, 20.0)))
    a = 0.75 * 0.4 + 0.25 * 17 / 49
    b = 0.4 * 17 / 49 + 0.6 * 20 / 76
    assert central(frame) == pytest.approx(
        {"D1": 100 * a, "D2": 100 * b, "T": 100 * (100 * a + 60 * b) / 160}
    )


def test_a_neighbour_attracts_as_many_times_as_it_has_establishments() -> None:
    # As above with three establishments at 1 500 m: for B, 0.5 at S2 and 3 × 0.75 = 2.25 there,
    # which is 2/11 and 9/11; V still has no other. S2: 17 / (25 + 60 × 2/11) place a child; theirs:
    # 20 / (60 × 9/11 + 40).
    people = pl.concat([PEOPLE, children(V=(1750, 40))])
    frame = found(people, HOMES, SITES, around((1500, 20.0), establishments=3))
    near, theirs = 17 / (25 + 120 / 11), 20 / (540 / 11 + 40)
    assert central(frame)["D2"] == pytest.approx(100 * (2 * near + 9 * theirs) / 11)
    assert central(frame)["D1"] == pytest.approx(100 * (0.75 * 0.4 + 0.25 * near))


def test_a_service_that_may_be_at_two_sites_attracts_as_one() -> None:
    # S2 holds half of its 17 places at 750 m, half at 500 m. A: 0.75 at S1, half of 0.25 and half
    # of 0.5 at S2, 1.125 in all: shares 6/9, 1/9 and 2/9. B: half of 0.5 (500 m away) and half of
    # 0.25: 2/3 and 1/3. S1: 30 / (100 × 6/9); S2: 8.5 / (100/9 + 40) and 8.5 / (200/9 + 20).
    sites, places = system(S1=(250, "D1", 30.0), S2a=(750, "D2", 8.5), S2b=(500, "D2", 8.5))
    sites = sites.with_columns(pl.col("service_id").str.head(2))
    first, second = 8.5 / (100 / 9 + 40), 8.5 / (200 / 9 + 20)
    a = 6 / 9 * 30 / (600 / 9) + 1 / 9 * first + 2 / 9 * second
    b = 2 / 3 * first + 1 / 3 * second
    frame = found(PEOPLE, HOMES, (sites, places))
    assert central(frame)["D1"] == pytest.approx(100 * a)
    assert central(frame)["D2"] == pytest.approx(100 * b)


def test_the_establishments_of_an_iris_attract_as_that_many_sites() -> None:
    # Four at one point, of which a scenario leaves half open, are the two sites that hold the same
    # places there.
    sites, places = SITES
    at_s2 = pl.col("site_id") == "S2"
    four = sites.with_columns(
        service_id=pl.when(at_s2).then(None).otherwise("service_id"),
        etablissements=pl.when(at_s2).then(4.0).otherwise(0.0),
        part_ouverte=pl.when(at_s2).then(0.5).otherwise(1.0),
    )
    two = system(S1=(250, "D1", 30.0), S2=(750, "D2", 8.5), S3=(750, "D2", 8.5))
    assert central(found(PEOPLE, HOMES, (four, places))) == pytest.approx(
        central(found(PEOPLE, HOMES, two))
    )
    assert central(found(PEOPLE, HOMES, two))["D1"] != pytest.approx(35)


def test_a_territory_of_which_an_iris_has_no_point_has_no_row() -> None:
    homes = memberships(D1=["A"], D2=["B", "C"], T=["A", "B", "C"])
    assert set(central(found(PEOPLE, homes, SITES))) == {"D1"}


def test_a_territory_without_children_has_no_row() -> None:
    people = children(A=(0, 100), B=(1250, 0))
    assert set(central(found(people, HOMES, SITES))) == {"D1", "T"}


def test_each_catchment_has_its_rows() -> None:
    frame = found(PEOPLE, HOMES, SITES, alternatives=[200])
    by_catchment = {
        catchment: central(rows) for (catchment,), rows in frame.group_by(["captage_m"])
    }
    # Within 200 m, nobody reaches anything.
    assert by_catchment[200] == {"D1": 0, "D2": 0, "T": 0}
    assert by_catchment[1000]["D1"] == pytest.approx(35)


def test_a_scenario_has_its_own_places_at_the_one_distance() -> None:
    sites, places = SITES
    other = pl.lit("ouverture").alias("scenario_id")
    more = (
        pl.concat([sites, sites.with_columns(other)]),
        pl.concat([places, places.with_columns(other, pl.col("places") * 2)]),
    )
    frame = found(PEOPLE, HOMES, more, alternatives=[200])
    assert set(frame.filter(scenario_id="ouverture")["captage_m"]) == {1000}
    frame = frame.filter(captage_m=1000)
    by_scenario = {scenario: central(rows) for (scenario,), rows in frame.group_by(["scenario_id"])}
    assert by_scenario["référence"]["D1"] == pytest.approx(35)
    assert by_scenario["ouverture"]["D1"] == pytest.approx(70)


# S2 is a service that may be at two points, and its places move with S1's: draw by draw, of 47.
MOVING = pl.concat(
    SITES[1]
    .with_columns(
        pl.lit(site).alias("site_id"),
        places=pl.lit(47.0 - held if site == "S1" else held * part),
        tirage=pl.lit(draw, pl.Int64),
    )
    .head(1)
    for draw, (held, first, second) in enumerate([(17.0, 0.5, 0.5), (12.0, 1, 0), (21.0, 0, 1)])
    for site, part in (("S1", 1), ("S2a", first), ("S2b", second))
)
TWO_POINTS = system(S1=(250, "D1", 0.0), S2a=(750, "D2", 0.0), S2b=(500, "D2", 0.0))[
    0
].with_columns(pl.col("service_id").str.head(2))


def variant(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    return (
        frame.filter(variante=name, niveau="district")
        .drop("variante")
        .sort("captage_m", "territoire_id", "tirage")
    )


def on_each_draw(places: pl.DataFrame) -> pl.DataFrame:
    """The places of one draw, on all of them."""
    return places.drop("tirage").join(pl.DataFrame({"tirage": [0, 1, 2]}), how="cross")


def test_without_the_error_of_capacities_the_places_of_the_estimate_meet_the_drawn_children() -> (
    None
):
    moving = found(PEOPLE, HOMES, (TWO_POINTS, MOVING), noise=TWICE, alternatives=[800])
    still = on_each_draw(MOVING.filter(tirage=0))
    held = found(PEOPLE, HOMES, (TWO_POINTS, still), noise=TWICE, alternatives=[800])
    assert_frame_equal(variant(moving, KNOWN_PLACES), variant(held, DRAWN), rel_tol=1e-12)
    assert not variant(moving, KNOWN_PLACES).equals(variant(moving, DRAWN))


@pytest.mark.parametrize("draw", [0, 1, 2])
def test_without_the_error_of_the_census_the_drawn_places_meet_the_counted_children(
    draw: int,
) -> None:
    moving = found(PEOPLE, HOMES, (TWO_POINTS, MOVING), noise=TWICE, alternatives=[800])
    alone = on_each_draw(MOVING.filter(tirage=draw))
    estimate = found(PEOPLE, HOMES, (TWO_POINTS, alone), noise=TWICE, alternatives=[800])
    assert_frame_equal(
        variant(moving, KNOWN_CENSUS).filter(tirage=draw).drop("tirage"),
        variant(estimate, DRAWN).filter(tirage=0).drop("tirage"),
        rel_tol=1e-12,
    )


def test_only_the_districts_of_the_reference_lose_an_error() -> None:
    sites, places = SITES
    other = pl.lit("ouverture").alias("scenario_id")
    sites, places = (pl.concat([table, table.with_columns(other)]) for table in (sites, places))
    frame = found(PEOPLE, HOMES, (sites, places), alternatives=[200])
    rows = frame.filter(pl.col("variante") != DRAWN).group_by("scenario_id", "niveau").len()
    # Two districts, two distances, two errors.
    assert rows.rows() == [("référence", "district", 2 * 2 * 2 * (1 + DRAWS))]


def test_without_children_or_sites_there_is_a_table_without_rows() -> None:
    nothing = found(PEOPLE.clear(), HOMES, SITES)
    assert nothing.is_empty()
    assert found(PEOPLE, HOMES, (SITES[0].clear(), SITES[1].clear())).schema == nothing.schema
