"""Draws of the poverty rate of each territory, which nobody publishes below the commune."""

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from pipelines.estimation.draws import CensusNoise, Floats, listed, streams
from pipelines.estimation.population import EDITION, Census, summed
from pipelines.estimation.territories import sums

# The published rates of each vintage and edition.
Pools = Mapping[tuple[int, str], Floats]


def by_territory(
    incomes: pl.DataFrame, people: pl.DataFrame, memberships: pl.DataFrame, noise: CensusNoise
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
        noise: how the census is drawn.

    Yields:
        territoire_id, niveau, millesime, edition and taux_pauvrete_pct, the list of the draws, the
        estimate first; some territories at a time. No row for a territory without a published IRIS,
        nor for a vintage without its census.
    """
    census = Census.of(people, noise)
    counted = census.rows.select("iris", "millesime", edition_recensement="edition")
    rows = incomes.join(
        counted.with_row_index("recense"), on=["iris", "millesime", "edition_recensement"]
    ).sort(*EDITION, "iris")
    pools = {
        (vintage, edition): np.array(rates)
        for vintage, edition, rates in rows.drop_nulls("taux_pauvrete_pct")
        .group_by(EDITION)
        .agg(pl.col("taux_pauvrete_pct").sort())
        .iter_rows()
    }

    def draw(some: slice) -> Floats:
        here = rows[some]
        rates = _rates(here, pools, noise)
        inhabitants = summed(census.drawn(here["recense"].to_numpy()), "ensemble")
        weights = np.where(np.isnan(rates), 0.0, inhabitants)
        return np.hstack([weights * np.nan_to_num(rates, nan=0.0), weights])

    for keys, totals in sums(rows, draw, memberships, EDITION):
        total, weight = np.split(totals, 2, axis=1)
        some = weight[:, 0] > 0
        yield listed(keys.filter(pl.Series(some)), total[some] / weight[some], "taux_pauvrete_pct")


def _rates(rows: pl.DataFrame, pools: Pools, noise: CensusNoise) -> Floats:
    """The rate of each IRIS on each draw; none at the estimate where none is published."""
    rates = np.repeat(rows["taux_pauvrete_pct"].to_numpy()[:, None], 1 + noise.draws, axis=1)
    unknown = rows.with_row_index("rang").filter(pl.col("taux_pauvrete_pct").is_null())
    for (vintage, edition), drawn in unknown.group_by(EDITION):
        pool = pools.get((vintage, edition))
        if pool is not None:
            lots = streams(noise.seed, f"pauvreté/{vintage}/{edition}", drawn["iris"])
            for rank, lot in zip(drawn["rang"], lots, strict=True):
                rates[rank, 1:] = pool[lot.integers(len(pool), size=noise.draws)]
    return rates
