"""Draws of services and of their places: where those that nothing places may stand."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.estimation import capacities, services

TERRITORIES = pl.DataFrame(
    [
        ("Commune", "commune", "Commune"),
        ("Bourg", "commune", "Bourg"),
        *((name, "district", "Commune") for name in ("Est", "Nord", "Sud")),
    ],
    schema=["territoire_id", "niveau", "commune_id"],
    orient="row",
)
SERVICES = {
    "service_id": pl.String,
    "type_service": pl.String,
    "commune_id": pl.String,
    "district_id": pl.String,
}


def listed(placed: dict[str, int], loose: int = 0) -> pl.DataFrame:
    """A registry of EAJE: so many in each district of the commune, so many that nothing places."""
    there = [district for district, count in placed.items() for _ in range(count)]
    return pl.DataFrame(
        [
            (f"S{row}", "EAJE", "Commune", district)
            for row, district in enumerate([*there, *[None] * loose])
        ],
        schema=SERVICES,
        orient="row",
    )


def counted(rows: pl.DataFrame) -> pl.DataFrame:
    """What `int_services_decompte` counts of it."""
    return TERRITORIES.select(
        "territoire_id",
        "niveau",
        pl.lit("EAJE").alias("type_service"),
        pl.Series(
            "services",
            [
                rows.filter(
                    (pl.col("district_id") == name).fill_null(False)
                    | (pl.col("commune_id") == name)
                ).height
                for name in TERRITORIES["territoire_id"]
            ],
        ),
    )


def drawn(rows: pl.DataFrame, *, draws: int = 3000, seed: int = 2021) -> pl.DataFrame:
    return services.by_territory(rows, counted(rows), TERRITORIES, draws=draws, seed=seed).pivot(
        on="territoire_id", index="tirage", values="services"
    )


def places(
    rows: pl.DataFrame, known: dict[str, float], *, draws: int = 3000, seed: int = 2021
) -> pl.DataFrame:
    """The draws of capacities, when those of some services are known."""
    eaje = rows.with_columns(
        pl.col("service_id")
        .replace_strict(known, default=None, return_dtype=pl.Float64)
        .alias("places"),
        (pl.col("type_service") != "crèche familiale").alias("collectif"),
    )
    there = pl.concat(
        [
            eaje.select("service_id", pl.col("commune_id").alias("territoire_id")),
            eaje.drop_nulls("district_id").select(
                "service_id", pl.col("district_id").alias("territoire_id")
            ),
        ]
    )
    floor = (
        there.join(eaje, on="service_id")
        .group_by("territoire_id")
        .agg(pl.col("places").sum().alias("places_connues"))
    )
    return capacities.by_territory(
        eaje,
        there,
        TERRITORIES.join(floor, on="territoire_id", how="left"),
        TERRITORIES,
        draws=draws,
        seed=seed,
        small_nursery_places=12,
    )


@settings(max_examples=40, deadline=None)
@given(
    placed=st.dictionaries(st.sampled_from(["Est", "Nord", "Sud"]), st.integers(0, 4)),
    loose=st.integers(0, 5),
)
def test_each_service_that_nothing_places_lands_in_exactly_one_district(
    placed: dict[str, int], loose: int
) -> None:
    rows = listed(placed, loose)
    found = drawn(rows, draws=30)
    total = found.filter(pl.col("tirage") > 0).select(pl.sum_horizontal("Est", "Nord", "Sud"))
    assert total.to_series().to_list() == [rows.height] * 30
    assert found["Commune"].to_list() == [rows.height] * 31
    assert found.row(0, named=True)["Est"] == placed.get("Est", 0)


def test_each_district_of_the_commune_has_the_same_chance() -> None:
    found = drawn(listed({"Est": 5}, loose=1)).filter(pl.col("tirage") > 0)
    for district, more in (("Est", 5), ("Nord", 0), ("Sud", 0)):
        assert found[district].mean() == pytest.approx(more + 1 / 3, abs=0.04)


def test_a_commune_without_a_district_keeps_its_services() -> None:
    rows = listed({}, loose=1).with_columns(commune_id=pl.lit("Bourg"))
    found = drawn(rows, draws=5)
    assert found["Bourg"].to_list() == [1] * 6
    assert found.select(pl.sum_horizontal("Est", "Nord", "Sud")).sum().item() == 0


def test_where_a_service_falls_does_not_depend_on_the_others() -> None:
    alone = listed({}, loose=1)
    more = pl.concat([alone.with_columns(service_id=pl.lit("T"), district_id=pl.lit("Sud")), alone])
    gap = drawn(more, draws=50)["Sud"] - drawn(alone, draws=50)["Sud"]
    assert gap.to_list() == [1] * 51


def test_a_known_capacity_is_kept_and_an_unknown_one_is_one_of_the_known() -> None:
    rows = listed({"Est": 2, "Nord": 1})
    found = places(rows, {"S0": 20.0, "S2": 60.0})
    wide = found.pivot(on="territoire_id", index="tirage", values="places")
    assert wide.row(0, named=True) == {
        "tirage": 0, "Commune": 80, "Bourg": 0, "Est": 20, "Nord": 60, "Sud": 0,
    }  # fmt: skip
    after = wide.filter(pl.col("tirage") > 0)
    assert after["Nord"].unique().to_list() == [60]
    assert sorted(after["Est"].unique()) == [40, 80]
    assert (after["Est"] == 40).mean() == pytest.approx(0.5, abs=0.05)


def test_the_places_of_childminders_are_kept_and_lent_to_no_other_service() -> None:
    # 55 places at home, 20 known in a building: the unknown one has 20, as in PE03.
    rows = listed({"Est": 1, "Nord": 1, "Sud": 1}).with_columns(
        pl.Series("type_service", ["crèche familiale", "EAJE", "EAJE"])
    )
    found = places(rows, {"S0": 55.0, "S1": 20.0}, draws=50).filter(pl.col("tirage") > 0)
    assert set(found.filter(territoire_id="Est")["places"]) == {55}
    assert set(found.filter(territoire_id="Sud")["places"]) == {20}
    assert places(rows, {"S0": 55.0}, draws=5).is_empty()


def test_a_small_nursery_is_drawn_no_larger_than_the_law_allows() -> None:
    # Known: 8 and 60 places. A micro-crèche draws 8, or 12 where it would draw 60; the EAJE beside
    # it keeps its 60. One whose capacity is known has it, whatever the law says.
    rows = listed({"Est": 1, "Nord": 1, "Sud": 2}).with_columns(
        pl.Series("type_service", ["micro-crèche", "EAJE", "EAJE", "EAJE"])
    )
    unknown = places(rows, {"S2": 8.0, "S3": 60.0}).pivot(
        on="territoire_id", index="tirage", values="places"
    )
    after = unknown.filter(pl.col("tirage") > 0)
    assert sorted(after["Est"].unique()) == [8, 12]
    assert (after["Est"] == 12).mean() == pytest.approx(0.5, abs=0.05)
    assert sorted(after["Nord"].unique()) == [8, 60]
    known = places(rows, {"S0": 20.0, "S3": 60.0}, draws=50).filter(territoire_id="Est")
    assert set(known["places"]) == {20}


def test_the_places_of_a_service_fall_in_the_district_where_it_falls() -> None:
    rows = listed({"Est": 1}, loose=1)
    where = drawn(rows, draws=200)
    found = places(rows, {"S0": 20.0, "S1": 47.0}, draws=200).pivot(
        on="territoire_id", index="tirage", values="places"
    )
    for district, base in (("Est", 1), ("Nord", 0), ("Sud", 0)):
        fallen = np.array(where[district][1:]) - base
        assert (np.array(found[district][1:]) == 20 * base + 47 * fallen).all()


@settings(max_examples=30, deadline=None)
@given(
    placed=st.dictionaries(st.sampled_from(["Est", "Nord", "Sud"]), st.integers(0, 3)),
    loose=st.integers(0, 3),
)
def test_the_places_of_the_districts_make_those_of_the_commune_above_the_floor(
    placed: dict[str, int], loose: int
) -> None:
    rows = listed({**placed, "Est": 1}, loose)
    found = places(rows, {"S0": 30.0}, draws=20)
    wide = found.pivot(on="territoire_id", index="tirage", values="places")
    after = wide.filter(pl.col("tirage") > 0)
    gap = pl.sum_horizontal("Est", "Nord", "Sud") - pl.col("Commune")
    assert after.select(gap.abs().max()).item() < 1e-9
    floors = found.with_columns(
        pl.col("places").filter(pl.col("tirage") == 0).first().over("territoire_id").alias("floor")
    )
    assert (floors["places"] >= floors["floor"]).all()


def test_where_no_capacity_is_known_none_is_drawn() -> None:
    assert places(listed({"Est": 2}), {}, draws=3).height == 0
    assert places(listed({}), {}, draws=3).height == 0


def test_the_same_seed_gives_the_same_digits_and_another_seed_others() -> None:
    rows = listed({"Est": 2}, loose=3)
    known = {"S0": 20.0, "S1": 60.0}
    assert places(rows, known, draws=20).equals(places(rows.reverse(), known, draws=20))
    assert not places(rows, known, draws=20).equals(places(rows, known, draws=20, seed=1))
    assert not drawn(rows, draws=20).equals(drawn(rows, draws=20, seed=1))


def test_the_order_of_the_rows_changes_no_digit_of_a_sum_of_shares() -> None:
    # Thirds and sevenths of a place: added in another order, they have other last digits.
    rows = listed({"Est": 6})
    known = {f"S{rank}": 100 / divisor for rank, divisor in enumerate((3, 7, 3, 11, 7))}
    expected = places(rows, known, draws=50)
    for turned in (rows.reverse(), rows.sample(fraction=1, shuffle=True, seed=1)):
        assert places(turned, known, draws=50).equals(expected)
