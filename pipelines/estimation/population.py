"""Draws of the children of each territory: the census's uncertainty, from the IRIS up."""

import polars as pl

from pipelines.estimation.draws import Floats, census_counts, long
from pipelines.estimation.territories import sums

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


def in_bands(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of elementary bands, each once for every band that it is a part of.

    Args:
        rows: tranche_age, and what else is told of each row.

    Returns:
        The same columns, where `tranche_age` is the band, and `rang`, the number of the row.
    """
    parts = pl.DataFrame(
        [(band, part) for band, members in BANDS.items() for part in members],
        schema={"bande": pl.String, "tranche_age": pl.String},
        orient="row",
    )
    return (
        rows.with_row_index("rang")
        .join(parts, on="tranche_age")
        .drop("tranche_age")
        .rename({"bande": "tranche_age"})
    )


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
        memberships: iris, territoire_id, niveau, iris_du_territoire (`int_iris_territoires`).
        draws: how many draws.
        seed: the seed of the refresh.
        design_effect: the design effect of the census below the commune.

    Returns:
        tirage, territoire_id, tranche_age, millesime, edition, personnes; a territory of which an
        IRIS is missing has no row.
    """
    rows, drawn = by_iris(population, draws=draws, seed=seed, design_effect=design_effect)
    keys, totals = sums(in_bands(rows), drawn, memberships, ["millesime", "edition", "tranche_age"])
    return long(keys.drop("niveau"), totals, "personnes")
