"""Sums of draws over territories, whatever is drawn at a time."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.estimation import territories
from pipelines.estimation.draws import Floats

DISTRICTS = "AABBBCDDD"
IRIS = [f"{number:02}" for number in range(len(DISTRICTS))]
MEMBERSHIPS = pl.DataFrame(
    [
        *(
            (iris, name, "district", DISTRICTS.count(name))
            for iris, name in zip(IRIS, DISTRICTS, strict=True)
        ),
        *((iris, "tous", "territoire", len(IRIS)) for iris in IRIS),
    ],
    schema=["iris", "territoire_id", "niveau", "iris_du_territoire"],
    orient="row",
)


def summed(rows: list[str], values: Floats, at_once: int) -> dict[tuple[str, int], list[float]]:
    """The sums, by territory and vintage, when so many values are drawn at a time."""
    frame = pl.DataFrame({"iris": rows}, schema={"iris": pl.String}).join(
        pl.DataFrame({"millesime": [2019, 2020]}), how="cross"
    ).sort("millesime", "iris")  # fmt: skip
    twice = np.concatenate([values, 2 * values])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(territories, "VALUES_AT_ONCE", at_once)
        found = territories.sums(frame, lambda some: twice[some], MEMBERSHIPS, ["millesime"])
        return {
            (place, year): total.tolist()
            for keys, totals in found
            for (place, _, year), total in zip(keys.iter_rows(), totals, strict=True)
        }


VALUES = np.random.default_rng(1).random((len(IRIS), 3)) * 1000


def test_a_sum_is_that_of_the_iris_of_the_territory_in_each_vintage() -> None:
    found = summed(IRIS, VALUES, 1 << 20)
    assert set(found) == {(place, year) for place in (*"ABCD", "tous") for year in (2019, 2020)}
    assert found["B", 2019] == pytest.approx(VALUES[2:5].sum(axis=0).tolist())
    assert found["tous", 2020] == pytest.approx((2 * VALUES).sum(axis=0).tolist())


@given(at_once=st.integers(1, 40))
def test_what_is_drawn_at_a_time_changes_no_digit(at_once: int) -> None:
    assert summed(IRIS, VALUES, at_once) == summed(IRIS, VALUES, 1 << 20)


@given(at_once=st.integers(1, 40))
def test_a_territory_of_which_an_iris_is_missing_has_no_sum(at_once: int) -> None:
    found = summed(IRIS[1:], VALUES[1:], at_once)
    assert {place for place, _ in found} == set("BCD")


def test_without_rows_there_is_one_empty_answer() -> None:
    rows = pl.DataFrame(schema={"iris": pl.String, "millesime": pl.Int64})
    ((keys, totals),) = territories.sums(
        rows, lambda some: np.zeros((0, 4))[some], MEMBERSHIPS, ["millesime"]
    )
    assert (keys.height, totals.shape) == (0, (0, 4))
