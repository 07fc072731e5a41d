"""Draws of the children known to the Caf: masked rows, hidden cells, sums of bands."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.estimation import beneficiaries, population
from tests.pipelines.estimation.test_draws import MEMBERSHIPS, census

MASKED = None
PLAIN = [(10, 10), (20, 20), (30, 30), (40, 40), (100, 100)]
# Cells of 3-5 and 6-10 are hidden: 50 children are theirs exactly.
THEIRS = [(10, 10), (0, 50), (0, 50), (40, 40), (100, 100)]
# Cells of 3-5 and of 18-24 are hidden: from 0 to 50 children are of 3-5.
SHARED = [(10, 10), (0, 50), (30, 30), (40, 40), (80, 130)]


def caf(**iris: list[tuple[int, int]] | None) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for name, bounds in iris.items():
        none: list[tuple[int, int | None]] = [(0, None)] * len(beneficiaries.BANDS)
        for band, (low, high) in zip(beneficiaries.BANDS, bounds or none, strict=True):
            rows.append(
                {
                    "iris": name,
                    "mesure": "enfants couverts",
                    "tranche_age": band,
                    "masque": bounds is None,
                    "millesime": 2019,
                    "edition": "Caf 2019",
                    "borne_basse": low,
                    "borne_haute": high,
                }
            )
    return pl.DataFrame(rows, infer_schema_length=None)


def known(
    rows: pl.DataFrame, people: pl.DataFrame | None = None, *, draws: int = 2000, seed: int = 2021
) -> pl.DataFrame:
    return beneficiaries.by_territory(
        rows,
        census() if people is None else people,
        MEMBERSHIPS,
        draws=draws,
        seed=seed,
        design_effect=2,
    )


def of(found: pl.DataFrame, territory: str, band: str) -> pl.Series:
    return found.filter(pl.col("territoire_id") == territory, pl.col("tranche_age") == band).sort(
        "tirage"
    )["enfants_couverts"]


def test_what_is_published_is_never_drawn() -> None:
    found = known(caf(A=PLAIN, B=PLAIN, C=PLAIN))
    assert of(found, "district 1", "3-5 ans").unique().to_list() == [40]
    assert of(found, "commune", "0-17 ans").unique().to_list() == [300]


def test_a_masked_iris_has_up_to_the_children_of_the_census_of_the_same_draw() -> None:
    found = known(caf(A=PLAIN, B=MASKED, C=PLAIN))
    children = population.by_territory(
        census(),
        MEMBERSHIPS.filter(pl.col("iris") == "B").with_columns(iris_du_territoire=1),
        draws=2000,
        seed=2021,
        design_effect=2,
    ).filter(pl.col("territoire_id") == "district 1", pl.col("tranche_age") == "0-2 ans")
    hidden = of(found, "district 1", "0-2 ans") - 10
    share = hidden / children.sort("tirage")["personnes"]
    assert share[0] == 0.5
    # Uniform on [0, 1]: mean 1/2, standard deviation 1/√12.
    assert share.is_between(0, 1).all()
    assert share.mean() == pytest.approx(0.5, abs=0.03)
    assert share.std() == pytest.approx(12**-0.5, abs=0.02)


def test_cells_that_hold_the_rest_of_their_breakdown_make_it_in_each_draw() -> None:
    found = known(caf(A=PLAIN, B=PLAIN, C=THEIRS))
    three, six = (of(found, "district 2", band) for band in ("3-5 ans", "6-10 ans"))
    assert (three + six).to_list() == pytest.approx([50] * 2001)
    assert (three[0], six[0]) == (25, 25)
    assert three.is_between(0, 50).all()
    assert three[1:].std() == pytest.approx(50 / 12**0.5, rel=0.05)
    assert of(found, "district 2", "0-17 ans").to_list() == pytest.approx([100] * 2001)


def test_a_cell_that_shares_the_rest_with_another_age_has_any_part_of_it() -> None:
    found = of(known(caf(A=PLAIN, B=PLAIN, C=SHARED)), "district 2", "3-5 ans")
    assert found[0] == 25
    assert found.is_between(0, 50).all()
    assert found[1:].std() == pytest.approx(50 / 12**0.5, rel=0.05)


@st.composite
def bounds(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Bands some of which are hidden, each with a room of its own, and the sum of bands."""
    low = draw(st.lists(st.integers(0, 40), min_size=4, max_size=4))
    room = draw(st.lists(st.integers(0, 60), min_size=4, max_size=4))
    most = draw(st.integers(0, sum(room)))
    least = draw(st.integers(0, most))
    total = (sum(low) + least, sum(low) + most)
    return [*((one, one + more) for one, more in zip(low, room, strict=True)), total]


@settings(max_examples=60, deadline=None)
@given(first=bounds(), second=bounds(), masked=st.booleans())
def test_draws_stay_in_their_bounds_and_bands_make_their_sum(
    first: list[tuple[int, int]], second: list[tuple[int, int]], masked: bool
) -> None:
    found = known(caf(A=first, B=MASKED if masked else PLAIN, C=second), draws=20)
    inside = pl.col("enfants_couverts").is_between(
        pl.col("borne_basse") - 1e-9, pl.col("borne_haute") + 1e-9
    )
    assert found.filter(~inside).height == 0
    wide = found.pivot(
        on="tranche_age", index=["territoire_id", "tirage"], values="enfants_couverts"
    )
    gap = pl.sum_horizontal(population.ELEMENTARY) - pl.col("0-17 ans")
    assert wide.select(gap.abs().max()).item() < 1e-9
    places = found.pivot(
        on="territoire_id", index=["tranche_age", "tirage"], values="enfants_couverts"
    )
    gap = pl.col("district 1") + pl.col("district 2") - pl.col("commune")
    assert places.select(gap.abs().max()).item() < 1e-9


def test_a_territory_of_which_every_iris_is_masked_has_no_draw() -> None:
    found = known(caf(A=MASKED, B=PLAIN, C=MASKED), draws=3)
    assert set(found["territoire_id"]) == {"district 1", "commune"}


def test_a_vintage_without_its_census_or_without_a_file_has_no_draw() -> None:
    people = census().with_columns(millesime=pl.lit(2018, dtype=pl.Int64))
    rows = caf(A=PLAIN, B=MASKED, C=PLAIN)
    assert known(rows, people, draws=3).height == 0
    assert known(rows.clear(), draws=3).height == 0


def test_each_edition_of_the_census_bounds_on_its_own() -> None:
    revised = census(300.0).with_columns(edition=pl.lit("RP 2019 révisé"))
    found = known(caf(A=PLAIN, B=MASKED, C=PLAIN), pl.concat([census(), revised]), draws=3)
    most = found.filter(
        pl.col("territoire_id") == "district 1",
        pl.col("tranche_age") == "0-2 ans",
        pl.col("tirage") == 0,
    )
    # 10 published in A, and all the 31 or 301 children of B.
    assert dict(most.select("edition_recensement", "borne_haute").iter_rows()) == {
        "RP 2019": 41,
        "RP 2019 révisé": 311,
    }


def test_the_same_seed_gives_the_same_digits_and_another_seed_others() -> None:
    rows = caf(A=MASKED, B=PLAIN, C=THEIRS)
    assert known(rows, draws=5).equals(known(rows.reverse(), census().reverse(), draws=5))
    assert not known(rows, draws=5).equals(known(rows, draws=5, seed=1))
