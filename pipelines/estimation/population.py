"""Draws of the people of each territory: the census's uncertainty, from the IRIS up."""

import numpy as np
import polars as pl

from pipelines.estimation.draws import Floats, census_counts, long
from pipelines.estimation.territories import sums

ELEMENTARY = (
    "0-2 ans", "3-5 ans", "6-10 ans", "11-17 ans", "18-24 ans", "25-39 ans", "40-54 ans",
    "55-64 ans", "65-79 ans", "80 ans ou plus",
)  # fmt: skip
BANDS = {
    **{band: (band,) for band in ELEMENTARY[:4]},
    "0-5 ans": ("0-2 ans", "3-5 ans"),
    "3-10 ans": ("3-5 ans", "6-10 ans"),
    "0-10 ans": ("0-2 ans", "3-5 ans", "6-10 ans"),
    "0-17 ans": ("0-2 ans", "3-5 ans", "6-10 ans", "11-17 ans"),
    "ensemble": ELEMENTARY,
}


def by_iris(
    population: pl.DataFrame, *, draws: int, seed: int, design_effect: float
) -> tuple[pl.DataFrame, Floats]:
    """Draws of the people of each IRIS, in each elementary age band.

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
    drawn = census_counts(
        rows,
        "personnes",
        ["millesime", "edition", "tranche_age", "iris"],
        draws=draws,
        seed=seed,
        design_effect=design_effect,
    )
    return rows, drawn


def in_bands(rows: pl.DataFrame, drawn: Floats) -> tuple[pl.DataFrame, Floats]:
    """Draws of the people of each IRIS in each band, the sum of those of its parts.

    Args:
        rows: iris, tranche_age, millesime, edition: elementary bands.
        drawn: their draws, of shape (rows, 1 + draws).

    Returns:
        iris, tranche_age, millesime, edition of each band, and its draws.
    """
    parts = pl.DataFrame(
        [(band, part) for band, members in BANDS.items() for part in members],
        schema={"bande": pl.String, "tranche_age": pl.String},
        orient="row",
    )
    groups = (
        rows.with_row_index("rang")
        .join(parts, on="tranche_age")
        .group_by("iris", "millesime", "edition", pl.col("bande").alias("tranche_age"))
        .agg(pl.col("rang").sort())
        .sort("millesime", "edition", "tranche_age", "iris")
    )
    totals = [drawn[members].sum(axis=0) for members in groups["rang"].to_list()]
    return groups.drop("rang"), np.array(totals).reshape(len(totals), drawn.shape[1])


def by_territory(
    population: pl.DataFrame,
    memberships: pl.DataFrame,
    *,
    draws: int,
    seed: int,
    design_effect: float,
) -> pl.DataFrame:
    """Draws of the people of each territory: sums of those of its IRIS, bands of their parts.

    Args:
        population: iris, tranche_age, personnes, millesime, edition (`int_population_iris`).
        memberships: iris, territoire_id, niveau, iris_du_territoire (`int_iris_territoires`).
        draws: how many draws.
        seed: the seed of the refresh.
        design_effect: the design effect of the census below the commune.

    Returns:
        tirage, territoire_id, tranche_age, millesime, edition, personnes; a territory of which an
        IRIS is missing has no row.
    """
    rows, drawn = in_bands(
        *by_iris(population, draws=draws, seed=seed, design_effect=design_effect)
    )
    keys, totals = sums(
        rows.with_row_index("rang"), drawn, memberships, ["millesime", "edition", "tranche_age"]
    )
    return long(keys.drop("niveau"), totals, "personnes")
