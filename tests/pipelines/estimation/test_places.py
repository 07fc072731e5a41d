"""Places shared out site by site: what is published is kept, and so is what is known."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pipelines.estimation.places import GRAIN, by_site, shared
from tests.pipelines.estimation.test_draws import in_rows

DRAWS = 30
KNOWN = pl.Series([17.0, 20.0, 25.0, 40.0, 60.0])
SITE = {
    "scenario_id": "référence",
    "service_id": None,
    "capacite_id": None,
    "commune_insee": "59350",
    "part": 1.0,
    "places_connues": None,
    "etablissements": 0.0,
    "part_ouverte": 1.0,
    "millesime": 2019,
    "edition": "E",
}
SCHEMA: Mapping[str, type[pl.DataType]] = {
    "scenario_id": pl.String,
    "site_id": pl.String,
    "service_id": pl.String,
    "capacite_id": pl.String,
    "commune_insee": pl.String,
    "part": pl.Float64,
    "places_connues": pl.Float64,
    "etablissements": pl.Float64,
    "part_ouverte": pl.Float64,
    "millesime": pl.Int64,
    "edition": pl.String,
}


def site(name: str, **told: object) -> dict[str, object]:
    return SITE | {"site_id": name} | told


def known(name: str, places: float, group: str | None = None, **told: object) -> dict[str, object]:
    return site(
        name, service_id=name, capacite_id=group or f"K-{name}", places_connues=places, **told
    )


def drawn(
    sites: Sequence[dict[str, object]],
    total: int,
    *,
    seed: int = 2021,
    sample: pl.Series = KNOWN,
) -> pl.DataFrame:
    """The places of each site, a row a draw."""
    lists = by_site(
        pl.DataFrame(list(sites), schema=SCHEMA),
        pl.DataFrame(
            {
                "commune_insee": ["59350"],
                "millesime": [2019],
                "edition": ["E"],
                "places_publiees": [total],
                "places_connues": [0.0],
            }
        ),
        sample,
        draws=DRAWS,
        seed=seed,
        minimum_known=3,
    )
    return in_rows(lists, "places")


def of(places: pl.DataFrame, name: str, scenario: str = "référence") -> list[float]:
    rows = places.filter(pl.col("site_id") == name, pl.col("scenario_id") == scenario)
    return rows.sort("tirage")["places"].to_list()


def totals(places: pl.DataFrame, scenario: str = "référence") -> set[float]:
    rows = places.filter(pl.col("scenario_id") == scenario)
    return set(rows.group_by("tirage").agg(pl.col("places").sum())["places"].to_list())


COUNTS = st.lists(st.floats(0.01, 12, allow_nan=False), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(
    capacities=st.lists(st.integers(1, 90), max_size=5),
    counts=COUNTS,
    remaining=st.integers(0, 3000),
    seed=st.integers(0, 2**32),
)
def test_in_every_draw_the_sites_make_the_published_total_and_none_is_negative(
    capacities: list[int], counts: list[float], remaining: int, seed: int
) -> None:
    sites = [known(f"S{rank}", places) for rank, places in enumerate(capacities)]
    sites += [site(f"BPE-{rank}", etablissements=count) for rank, count in enumerate(counts)]
    total = sum(capacities) + remaining
    places = drawn(sites, total, seed=seed)
    assert totals(places) == {total}
    assert places["places"].min() >= 0  # type: ignore[operator]
    for rank, capacity in enumerate(capacities):
        assert set(of(places, f"S{rank}")) == {capacity}, "a known capacity is kept"


@settings(max_examples=60, deadline=None)
@given(
    total=st.integers(0, 10_000),
    weights=st.lists(st.floats(0, 1e3, allow_nan=False), min_size=1, max_size=20).filter(any),
)
def test_parts_add_up_exactly_in_any_order(total: int, weights: list[float]) -> None:
    parts = shared(float(total), np.array(weights)[:, None])[:, 0]
    assert parts.min() >= 0
    assert sum(parts) == sum(parts[::-1]) == sum(sorted(parts)) == total
    expected = total * np.array(weights) / sum(weights)
    assert np.abs(parts - expected).max() <= GRAIN * len(weights) + 1e-9 * total


def test_the_estimate_follows_the_number_of_establishments() -> None:
    sites = [known("S", 40), site("A", etablissements=3.0), site("B", etablissements=1.0)]
    places = drawn(sites, 120)
    assert of(places, "A")[0] == pytest.approx(60), "3/4 of the 80 places left"
    assert of(places, "B")[0] == pytest.approx(20)


def test_a_group_keeps_its_total_and_is_shared_equally_in_the_estimate_only() -> None:
    sites = [known(name, 49 / 3, "G") for name in ("S1", "S2", "S3")]
    places = drawn([*sites, site("A", etablissements=1.0)], 100)
    of_group = [of(places, name) for name in ("S1", "S2", "S3")]
    assert {sum(shares) for shares in zip(*of_group, strict=True)} == {49.0}
    assert [shares[0] for shares in of_group] == pytest.approx([49 / 3] * 3, abs=1e-5)
    assert len(set(of_group[0])) > 3, "who has what is not known"


def test_a_service_stands_whole_in_one_of_its_sites_in_each_draw() -> None:
    sites = [
        known("S", 15.0, part=0.75) | {"site_id": "S@A"},
        known("S", 5.0, part=0.25) | {"site_id": "S@B"},
        site("A", etablissements=1.0),
    ]
    places = drawn(sites, 60)
    first, second = of(places, "S@A"), of(places, "S@B")
    assert (first[0], second[0]) == (15, 5)
    assert set(zip(first[1:], second[1:], strict=True)) == {(20.0, 0.0), (0.0, 20.0)}


def test_with_two_known_capacities_every_draw_is_the_estimate() -> None:
    sites = [known("S", 20), site("A", etablissements=2.0), site("B", etablissements=1.0)]
    places = drawn(sites, 80, sample=pl.Series([20.0, 30.0]))
    assert len(of(places, "A")) == 1 + DRAWS
    assert set(of(places, "A")) == {40.0}


def test_the_spread_is_that_of_the_known_capacities() -> None:
    sites = [site("A", etablissements=1.0), site("B", etablissements=1.0)]
    alike = drawn(sites, 80, sample=pl.Series([30.0, 30.0, 30.0]))
    assert set(of(alike, "A")) == {40.0}, "equal capacities leave nothing to chance"
    unlike = drawn(sites, 80, sample=pl.Series([10.0, 30.0, 30.0]))
    assert {round(share, 3) for share in of(unlike, "A")} == {20, 40, 60}, "10 + 30, or two alike"


def test_the_seed_gives_the_same_digits_whatever_the_order_and_the_scenarios() -> None:
    sites = [known("S", 20), site("A", etablissements=2.4), site("B", etablissements=1.0)]
    before = drawn(sites, 80)
    scenario = [entry | {"scenario_id": "s", "part_ouverte": 0.5} for entry in sites]
    after = drawn([*scenario, *reversed(sites)], 80)
    assert_frame_equal(before, after.filter(pl.col("scenario_id") == "référence"))
    assert of(drawn(sites, 80, seed=2022), "A") != of(before, "A")


def test_a_scenario_has_the_places_of_the_reference_more_or_less_its_levers() -> None:
    sites = [known("S", 20), site("A", etablissements=2.0), site("B", etablissements=3.0)]
    levers = [
        known("S", 20, part_ouverte=0.0),
        site("A", etablissements=2.0, part_ouverte=0.5),
        site("B", etablissements=3.0),
        site("ouverture@A", places_connues=12.0),
    ]
    places = drawn([*sites, *(lever | {"scenario_id": "s"} for lever in levers)], 120)
    assert set(of(places, "S", "s")) == {0.0}
    half = [whole / 2 for whole in of(places, "A")]
    assert of(places, "A", "s") == pytest.approx(half, abs=GRAIN)
    assert of(places, "B", "s") == of(places, "B"), "what closes elsewhere changes nothing here"
    assert set(of(places, "ouverture@A", "s")) == {12.0}


def test_without_sites_there_are_no_places() -> None:
    assert drawn([], 0).height == 0
