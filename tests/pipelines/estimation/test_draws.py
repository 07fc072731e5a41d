"""Seeded draws of the census, and their sums over bands and territories."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.estimation import population
from pipelines.estimation.draws import CensusNoise, Floats, listed, long, stacked, stream, streams

COUNTS = st.lists(st.floats(0, 5_000), min_size=1, max_size=4)


def drawn(
    counts: list[float], names: list[str] | None = None, *, draws: int = 1000, seed: int = 2021
) -> Floats:
    """Draws of one count an area."""
    named = names or [str(row) for row in range(len(counts))]
    return CensusNoise(draws, seed, 2).around(np.array(counts)[:, None], named)[:, 0]


@pytest.mark.parametrize("count", [3.0, 30.0, 400.0, 6_000.0])
def test_a_count_is_drawn_around_itself_with_the_variance_of_the_census(count: float) -> None:
    found = drawn([count], draws=100_000)[0]
    assert found[0] == count
    # Variance 1.5 × 2 × n; the mean of 100 000 draws is within 5 standard errors of n.
    assert found[1:].mean() == pytest.approx(count, abs=5 * np.sqrt(3 * count / 100_000))
    assert found[1:].var() == pytest.approx(3 * count, rel=0.1)


def test_nobody_counted_is_nobody_drawn() -> None:
    assert drawn([0.0]).tolist() == [[0.0] * 1001]


@settings(max_examples=30, deadline=None)
@given(counts=COUNTS)
def test_a_draw_is_never_negative_and_the_estimate_is_the_count(counts: list[float]) -> None:
    found = drawn(counts, draws=50)
    assert (found >= 0).all()
    assert found[:, 0].tolist() == counts


def test_the_same_seed_gives_the_same_digits_and_another_seed_others() -> None:
    assert (drawn([40.0, 50.0]) == drawn([40.0, 50.0])).all()
    assert (drawn([40.0], seed=2021)[0, 1:] != drawn([40.0], seed=2022)[0, 1:]).all()


def test_a_stream_does_not_depend_on_what_else_is_drawn_nor_in_which_order() -> None:
    first = drawn([40.0, 50.0], ["A", "B"])
    assert (drawn([50.0, 7.0, 40.0], ["B", "C", "A"])[[2, 0]] == first).all()


def test_a_count_does_not_depend_on_those_that_are_drawn_after_it_in_its_area() -> None:
    noise = CensusNoise(1000, 2021, 2)
    both, alone = (noise.around(np.array([row]), ["A"])[0] for row in ([40.0, 50.0], [40.0]))
    assert (both[0] == alone[0]).all()


def test_the_counts_of_an_area_are_drawn_apart_from_each_other() -> None:
    one, other = CensusNoise(1000, 2021, 2).around(np.array([[40.0, 40.0]]), ["A"])[0, :, 1:]
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.1


def test_two_names_have_two_streams() -> None:
    one, other = (stream(1, "recensement", name).random(1000) for name in ("A", "B"))
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.1


@given(names=st.lists(st.text(max_size=30), max_size=5))
def test_one_generator_takes_each_stream_in_turn_with_the_same_digits(names: list[str]) -> None:
    found = [random.random(3).tolist() for random in streams(2021, "recensement", names)]
    assert found == [stream(2021, "recensement", name).random(3).tolist() for name in names]


def test_long_gives_each_draw_of_each_key_a_row() -> None:
    rows = long(pl.DataFrame({"k": ["a", "b"]}), np.array([[1.0, 2.0], [3.0, 4.0]]), "x")
    assert rows.rows() == [("a", 0, 1.0), ("a", 1, 2.0), ("b", 0, 3.0), ("b", 1, 4.0)]
    assert long(pl.DataFrame({"k": []}), np.zeros((0, 2)), "x").height == 0


def test_listed_gives_each_key_all_its_draws_in_order() -> None:
    rows = listed(pl.DataFrame({"k": ["a", "b"]}), np.array([[1.0, 2.0], [3.0, 4.0]]), "x")
    assert rows.rows() == [("a", [1.0, 2.0]), ("b", [3.0, 4.0])]
    assert listed(pl.DataFrame({"k": []}), np.zeros((0, 2)), "x").height == 0


def test_what_is_not_a_number_is_absent_from_a_list() -> None:
    rows = listed(pl.DataFrame({"k": ["a"]}), np.array([[1.0, np.nan, np.inf]]), "x")
    assert rows["x"].to_list() == [[1.0, None, np.inf]]


def test_stacked_gives_back_the_array_of_the_lists() -> None:
    drawn = np.array([[1.0, np.nan], [3.0, 4.0]])
    lists = listed(pl.DataFrame({"k": ["a", "b"]}), drawn, "x")["x"]
    np.testing.assert_array_equal(stacked(lists), drawn)
    np.testing.assert_array_equal(stacked(lists.extend_constant(None, 1))[2], [np.nan, np.nan])
    assert len(stacked(lists.clear())) == 0


def in_rows(rows: pl.DataFrame, column: str = "personnes") -> pl.DataFrame:
    """Lists of draws as rows: `tirage`, and its value."""
    numbered = rows.with_columns(tirage=pl.int_ranges(pl.col(column).list.len()))
    return numbered.explode("tirage", column)


# --- children by territory ------------------------------------------------------------------------

IRIS = ["A", "B", "C"]
MEMBERSHIPS = pl.DataFrame(
    [
        ("A", "district 1", "district", 2),
        ("B", "district 1", "district", 2),
        ("C", "district 2", "district", 1),
        *((iris, "commune", "commune", 3) for iris in IRIS),
    ],
    schema=["iris", "territoire_id", "niveau", "iris_du_territoire"],
    orient="row",
)


def census(people: float = 30.0) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (iris, band, people + row, 2019, "RP 2019")
            for row, iris in enumerate(IRIS)
            for band in population.ELEMENTARY
        ],
        schema=["iris", "tranche_age", "personnes", "millesime", "edition"],
        orient="row",
    )


def children(
    people: pl.DataFrame, memberships: pl.DataFrame = MEMBERSHIPS, *, draws: int = 20
) -> pl.DataFrame:
    return in_rows(
        pl.concat(population.by_territory(people, memberships, CensusNoise(draws, 2021, 2)))
    )


def test_districts_make_their_commune_in_each_draw() -> None:
    wide = children(census()).pivot(
        on="territoire_id", index=["tranche_age", "tirage"], values="personnes"
    )
    assert wide.height == len(population.BANDS) * 21
    gap = (pl.col("district 1") + pl.col("district 2") - pl.col("commune")).abs().max()
    assert wide.select(gap).item() < 1e-9


@pytest.mark.parametrize("band", sorted({*population.BANDS} - {*population.ELEMENTARY, "ensemble"}))
def test_a_band_is_the_sum_of_its_parts_in_each_draw(band: str) -> None:
    wide = children(census()).pivot(
        on="tranche_age", index=["territoire_id", "tirage"], values="personnes"
    )
    parts = pl.sum_horizontal(population.BANDS[band])
    assert wide.select((pl.col(band) - parts).abs().max()).item() < 1e-9


def test_everyone_is_the_children_of_the_same_draw_and_adults_drawn_as_one() -> None:
    everyone, under_18 = (
        children(census(), draws=20_000)
        .filter(tranche_age=band, territoire_id="district 2")["personnes"]
        .to_numpy()
        for band in ("ensemble", "0-17 ans")
    )
    adults = everyone - under_18
    # Six bands of 32 people, drawn apart, would have six variances of 3 × 32.
    assert adults[0] == 6 * 32
    assert adults[1:].mean() == pytest.approx(6 * 32, abs=5 * np.sqrt(3 * 6 * 32 / 20_000))
    assert adults[1:].var() == pytest.approx(3 * 6 * 32, rel=0.1)
    assert abs(np.corrcoef(adults[1:], under_18[1:])[0, 1]) < 0.05


def test_a_territory_of_which_an_iris_is_missing_has_no_draw() -> None:
    found = children(census().filter(pl.col("iris") != "B"))
    assert set(found["territoire_id"]) == {"district 2"}


def test_a_territory_draws_the_same_whatever_the_others_and_their_order() -> None:
    alone = children(
        census().filter(pl.col("iris") == "C"), MEMBERSHIPS.filter(pl.col("iris") == "C")
    )
    among = children(census().reverse(), MEMBERSHIPS.reverse())
    assert among.filter(pl.col("territoire_id") == "district 2").equals(
        alone.filter(pl.col("territoire_id") == "district 2")
    )
