"""Draws of the children of each territory: the census's uncertainty, from the IRIS up."""

import numpy as np
import polars as pl

from pipelines.estimation.draws import Floats, census_counts, long

BANDS = {
    "0-2 ans": ("0-2 ans",),
    "3-5 ans": ("3-5 ans",),
    "6-10 ans": ("6-10 ans",),
    "11-17 ans": ("11-17 ans",),
    "0-5 ans": ("0-2 ans", "3-5 ans"),
    "3-10 ans": ("3-5 ans", "6-10 ans"),
    "0-10 ans": ("0-2 ans", "3-5 ans", "6-10 ans"),
    "0-17 ans": ("0-2 ans", "3-5 ans", "6-10 ans", "11-17 ans"),
}
ELEMENTARY = [band for band, parts in BANDS.items() if parts == (band,)]


def by_iris(
    population: pl.DataFrame, *, draws: int, seed: int, design_effect: float
) -> tuple[pl.DataFrame, Floats]:
    """Draws of the children of each IRIS, in each elementary age band.

    Args:
        population: iris, tranche_age, personnes, millesime, edition (`int_population_iris`).
        draws: how many draws.
        seed: the seed of the refresh.
        design_effect: the design effect of the census below the commune.

    Returns:
        The rows of the elementary bands, sorted, and their draws, of shape (rows, 1 + draws).
    """
    rows = population.filter(pl.col("tranche_age").is_in(ELEMENTARY)).sort(
        "millesime", "edition", "tranche_age", "iris"
    )
    names = rows.select(
        pl.concat_str("millesime", "edition", "tranche_age", "iris", separator="/")
    ).to_series()
    drawn = census_counts(
        rows["personnes"].to_numpy(),
        names.to_list(),
        draws=draws,
        seed=seed,
        design_effect=design_effect,
    )
    return rows, drawn


def by_territory(
    population: pl.DataFrame,
    memberships: pl.DataFrame,
    *,
    draws: int,
    seed: int,
    design_effect: float,
) -> pl.DataFrame:
    """Draws of the children of each territory: sums of those of its IRIS, bands of their parts.

    Args:
        population: iris, tranche_age, personnes, millesime, edition (`int_population_iris`).
        memberships: iris, territoire_id, iris_du_territoire (`int_iris_territoires`).
        draws: how many draws.
        seed: the seed of the refresh.
        design_effect: the design effect of the census below the commune.

    Returns:
        tirage, territoire_id, tranche_age, millesime, edition, personnes; a territory of which an
        IRIS is missing has no row.
    """
    rows, drawn = by_iris(population, draws=draws, seed=seed, design_effect=design_effect)
    ranked = rows.with_row_index("rang").join(memberships, on="iris")
    parts = pl.DataFrame(
        [(band, part) for band, members in BANDS.items() for part in members],
        schema={"bande": pl.String, "tranche_age": pl.String},
        orient="row",
    )
    groups = (
        ranked.join(parts, on="tranche_age")
        .group_by("territoire_id", "bande", "millesime", "edition")
        .agg(pl.col("rang").sort(), pl.col("iris").n_unique(), pl.col("iris_du_territoire").first())
        .filter(pl.col("iris") == pl.col("iris_du_territoire"))
        .sort("millesime", "edition", "territoire_id", "bande")
    )
    sums = [drawn[members].sum(axis=0) for members in groups["rang"].to_list()]
    keys = groups.select(
        "territoire_id", pl.col("bande").alias("tranche_age"), "millesime", "edition"
    )
    return long(keys, np.array(sums).reshape(len(sums), 1 + draws), "personnes")
