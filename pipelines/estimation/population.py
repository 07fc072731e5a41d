"""Draws of the people of each territory: the census's uncertainty, from the IRIS up."""

from collections.abc import Collection, Iterator

import polars as pl

from pipelines.estimation.draws import Floats, census_counts, long
from pipelines.estimation.territories import added, sums

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


def in_bands(rows: pl.DataFrame, bands: Collection[str] = tuple(BANDS)) -> pl.DataFrame:
    """The parts of each band of each IRIS.

    Args:
        rows: iris, tranche_age, millesime, edition: elementary bands, in the order of their draws.
        bands: those that are asked for.

    Returns:
        iris, tranche_age, millesime, edition of each part of a band, and `rang`, its row in `rows`.
    """
    parts = pl.DataFrame(
        [(band, part) for band in bands for part in BANDS[band]],
        schema={"bande": pl.String, "tranche_age": pl.String},
        orient="row",
    )
    return (
        rows.with_row_index("rang")
        .join(parts, on="tranche_age")
        .select("iris", pl.col("bande").alias("tranche_age"), "millesime", "edition", "rang")
    )


def of_iris(
    population: pl.DataFrame,
    *,
    draws: int,
    seed: int,
    design_effect: float,
    bands: Collection[str] = tuple(BANDS),
) -> tuple[pl.DataFrame, Floats]:
    """Draws of the people of each IRIS in each band, the sum of those of its parts.

    Args:
        population: iris, tranche_age, personnes, millesime, edition (`int_population_iris`).
        draws: how many draws.
        seed: the seed of the refresh.
        design_effect: the design effect of the census below the commune.
        bands: those that are asked for.

    Returns:
        iris, tranche_age, millesime, edition of each band, sorted, and its draws.
    """
    rows, drawn = by_iris(population, draws=draws, seed=seed, design_effect=design_effect)
    keys = ["millesime", "edition", "tranche_age", "iris"]
    groups = in_bands(rows, bands).group_by(keys).agg(pl.col("rang").sort()).sort(keys)
    return groups.drop("rang"), added(groups["rang"], drawn)


def by_territory(
    population: pl.DataFrame,
    memberships: pl.DataFrame,
    *,
    draws: int,
    seed: int,
    design_effect: float,
) -> Iterator[pl.DataFrame]:
    """Draws of the people of each territory: sums of those of its IRIS, bands of their parts.

    Args:
        population: iris, tranche_age, personnes, millesime, edition (`int_population_iris`).
        memberships: iris, territoire_id, niveau, iris_du_territoire (`int_iris_territoires`).
        draws: how many draws.
        seed: the seed of the refresh.
        design_effect: the design effect of the census below the commune.

    Yields:
        tirage, territoire_id, tranche_age, millesime, edition, personnes, some territories at a
        time; a territory of which an IRIS is missing has no row.
    """
    rows, drawn = by_iris(population, draws=draws, seed=seed, design_effect=design_effect)
    for keys, totals in sums(
        in_bands(rows), drawn, memberships, ["millesime", "edition", "tranche_age"]
    ):
        yield long(keys.drop("niveau"), totals, "personnes")
