"""Draws of the poverty rate: weights, and rates that nobody publishes."""

import polars as pl
import pytest

from pipelines.estimation import incomes, population
from pipelines.estimation.draws import CensusNoise
from tests.pipelines.estimation.test_draws import MEMBERSHIPS, in_rows

Row = tuple[str, float | None, float | None]


def people(rows: list[Row]) -> pl.DataFrame:
    """The census of each IRIS: a quarter of its people are children of 0-2, the others 25-39."""
    return pl.DataFrame(
        [
            (iris, band, count * share, 2019, "RP")
            for iris, count, _ in rows
            if count is not None
            for band in population.ELEMENTARY
            for share in [{"0-2 ans": 0.25, "25-39 ans": 0.75}.get(band, 0.0)]
        ],
        schema={
            "iris": pl.String,
            "tranche_age": pl.String,
            "personnes": pl.Float64,
            "millesime": pl.Int64,
            "edition": pl.String,
        },
        orient="row",
    )


def rates(rows: list[Row], *, draws: int = 500, seed: int = 2021) -> pl.DataFrame:
    return pl.concat(
        incomes.by_territory(
            pl.DataFrame(
                [(iris, 2019, "F ; RP", "RP", rate) for iris, _, rate in rows],
                schema={
                    "iris": pl.String,
                    "millesime": pl.Int64,
                    "edition": pl.String,
                    "edition_recensement": pl.String,
                    "taux_pauvrete_pct": pl.Float64,
                },
                orient="row",
            ),
            people(rows),
            MEMBERSHIPS,
            CensusNoise(draws, seed, 2),
        )
    )


def of(found: pl.DataFrame, territory: str) -> pl.Series:
    """The draws of a territory, the estimate first."""
    return found.filter(territoire_id=territory)["taux_pauvrete_pct"].explode()


def test_the_estimate_is_the_mean_of_the_published_rates_weighted_by_people() -> None:
    found = rates([("A", 300, 10), ("B", 100, 30), ("C", 50, None)])
    assert of(found, "district 1")[0] == pytest.approx((300 * 10 + 100 * 30) / 400)
    assert of(found, "commune")[0] == pytest.approx((300 * 10 + 100 * 30) / 400)


def test_the_weights_of_a_draw_are_the_people_of_the_same_draw() -> None:
    rows: list[Row] = [("A", 300, 10), ("B", 100, 30), ("C", 50, 12)]
    found = of(rates(rows), "district 1")
    drawn = {
        iris: in_rows(
            pl.concat(
                population.by_territory(
                    people(rows),
                    MEMBERSHIPS.filter(
                        pl.col("iris") == iris, pl.col("niveau") == "district"
                    ).with_columns(iris_du_territoire=1),
                    CensusNoise(500, 2021, 2),
                )
            )
        )
        .filter(tranche_age="ensemble")
        .sort("tirage")["personnes"]
        for iris in "AB"
    }
    expected = (10 * drawn["A"] + 30 * drawn["B"]) / (drawn["A"] + drawn["B"])
    assert found.to_list() == pytest.approx(expected.to_list())
    assert found.n_unique() == 501


def test_a_published_rate_alone_is_exact() -> None:
    found = rates([("A", 300, 10), ("B", 100, 30), ("C", 50, 12)])
    assert of(found, "district 2").to_list() == pytest.approx([12] * 501)


def test_a_rate_that_is_not_published_is_one_of_the_published_ones() -> None:
    found = of(rates([("A", 300, 10), ("B", 0, 40), ("C", 100, None)]), "commune")[1:]
    # The IRIS without a rate takes 10 (the mean stays at 10) or 40, half of the draws each.
    same = found.is_between(10 - 1e-9, 10 + 1e-9)
    assert same.sum() == pytest.approx(250, abs=60)
    # 40 weighs 100 in 400: a mean of 17.5, give or take the weights.
    assert found.filter(~same).mean() == pytest.approx(17.5, abs=0.5)


def test_a_territory_without_a_published_rate_has_none() -> None:
    found = rates([("A", 300, 10), ("B", 100, 30), ("C", 50, None)])
    assert set(found["territoire_id"]) == {"district 1", "commune"}


def test_a_vintage_without_its_census_or_without_any_rate_has_no_draw() -> None:
    assert rates([("A", None, 10), ("B", None, 30), ("C", None, 12)]).height == 0
    assert rates([("A", 300, None), ("B", 100, None), ("C", 50, None)]).height == 0
    assert rates([]).height == 0


def test_a_mean_stays_among_the_published_rates() -> None:
    found = rates([("A", 300, 10), ("B", 100, 30), ("C", 50, None)])
    assert found["taux_pauvrete_pct"].explode().is_between(10 - 1e-9, 30 + 1e-9).all()


def test_the_same_seed_gives_the_same_digits_and_another_seed_others() -> None:
    rows: list[Row] = [("A", 300, 10), ("B", 100, 30), ("C", 50, None)]
    assert rates(rows).equals(rates(rows[::-1]))
    assert not rates(rows).equals(rates(rows, seed=2022))
