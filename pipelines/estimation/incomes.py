"""Draws of the poverty rate of each territory, which nobody publishes below the commune."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from pipelines.estimation import population
from pipelines.estimation.draws import Floats, long, stream
from pipelines.estimation.territories import sums

EDITION = ["millesime", "edition"]


def by_territory(
    incomes: pl.DataFrame,
    people: pl.DataFrame,
    memberships: pl.DataFrame,
    *,
    draws: int,
    seed: int,
    design_effect: float,
) -> Iterator[pl.DataFrame]:
    """Draws of the mean of the rates of the IRIS, weighted by their people.

    Filosofi counts every fiscal household: a published rate has no sampling noise and is never
    drawn. What is not known is how many people each rate is the rate of (the sum of the drawn age
    bands of the census) and the rate of the IRIS for which none is published: one of the published
    rates of the territory, by lot, with the same chance for each. The estimate itself is the mean
    of the published rates.

    Args:
        incomes: iris, millesime, edition, edition_recensement, taux_pauvrete_pct
            (`int_revenus_iris`).
        people: iris, tranche_age, personnes, millesime, edition (`int_population_iris`).
        memberships: iris, territoire_id, niveau, iris_du_territoire (`int_iris_territoires`).
        draws: how many draws.
        seed: the seed of the refresh.
        design_effect: the design effect of the census below the commune.

    Yields:
        tirage, territoire_id, niveau, millesime, edition, taux_pauvrete_pct, some territories at a
        time; no row for a territory without a published IRIS, nor for a vintage without its census.
    """
    bands, drawn = population.of_iris(
        people, draws=draws, seed=seed, design_effect=design_effect, bands=["ensemble"]
    )
    everyone = bands.rename({"edition": "edition_recensement"}).with_row_index("recenses")
    rows = (
        incomes.join(everyone, on=["iris", "millesime", "edition_recensement"])
        .sort(*EDITION, "iris")
        .with_row_index("rang")
    )
    rates = _rates(rows, draws=draws, seed=seed)
    weights = np.where(np.isnan(rates), 0.0, drawn[rows["recenses"].to_numpy()])
    weighted = weights * np.nan_to_num(rates, nan=0.0)
    for keys, totals in sums(rows, np.hstack([weighted, weights]), memberships, EDITION):
        total, weight = np.split(totals, 2, axis=1)
        published = weight[:, 0] > 0
        yield long(
            keys.filter(pl.Series(published)),
            total[published] / weight[published],
            "taux_pauvrete_pct",
        )


def _rates(rows: pl.DataFrame, *, draws: int, seed: int) -> Floats:
    """The rate of each IRIS on each draw; none at the estimate where none is published."""
    rates = np.repeat(rows["taux_pauvrete_pct"].to_numpy()[:, None], 1 + draws, axis=1)
    for (vintage, edition), group in rows.group_by(EDITION):
        pool = group["taux_pauvrete_pct"].drop_nulls().sort().to_numpy()
        if pool.size == 0:
            continue
        unknown = group.filter(pl.col("taux_pauvrete_pct").is_null())
        for rank, iris in unknown.select("rang", "iris").iter_rows():
            lot = stream(seed, "pauvreté", vintage, edition, iris)
            rates[rank, 1:] = lot.choice(pool, draws)
    return rates
