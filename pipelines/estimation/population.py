"""Draws of the people of each territory: the census's uncertainty, from the IRIS up."""

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.estimation.draws import CensusNoise, Floats, listed
from pipelines.estimation.territories import sums

EDITION = ("millesime", "edition")
# What the census counts in an IRIS: a stream each.
PEOPLE, FAMILIES = "personnes", "familles"
CHILDREN = ("0-2 ans", "3-5 ans", "6-10 ans", "11-17 ans")
ADULTS = (
    "18-24 ans", "25-39 ans", "40-54 ans", "55-64 ans", "65-79 ans", "80 ans ou plus",
)  # fmt: skip
ELEMENTARY = CHILDREN + ADULTS
# What is drawn of an IRIS, in this order. No figure tells the ages of adults apart, and the law of
# a sum of counts is the one of the counts: theirs is drawn as one.
PARTS = (*CHILDREN, "18 ans ou plus")
BANDS = {
    **{band: (band,) for band in CHILDREN},
    "0-5 ans": ("0-2 ans", "3-5 ans"),
    "3-10 ans": ("3-5 ans", "6-10 ans"),
    "0-10 ans": ("0-2 ans", "3-5 ans", "6-10 ans"),
    "0-17 ans": CHILDREN,
    "ensemble": PARTS,
}


def read(people: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """What draws need of `int_population_iris`: of a whole country, the rest is half of its memory.

    Returns:
        iris, tranche_age (elementary), personnes, millesime, edition.
    """
    columns = ("iris", "tranche_age", "personnes", *EDITION)
    return people.filter(f"tranche_age in {ELEMENTARY}").select(*columns).pl()


@dataclass(frozen=True)
class Census:
    """The people of each IRIS in each elementary age band, and how they are drawn.

    `rows` are iris, millesime and edition, sorted, then the people of each of PARTS.
    """

    rows: pl.DataFrame
    noise: CensusNoise

    @classmethod
    def of(cls, population: pl.DataFrame, noise: CensusNoise) -> "Census":
        """The census of `int_population_iris`: iris, tranche_age, personnes, millesime, edition.

        An IRIS of which a band is missing is left out.
        """
        bands = pl.DataFrame({"tranche_age": ELEMENTARY})
        rows = (
            population.join(bands, on="tranche_age")
            .pivot(
                on="tranche_age",
                on_columns=ELEMENTARY,
                index=["iris", *EDITION],
                values="personnes",
            )
            .drop_nulls(ELEMENTARY)
            .select("iris", *EDITION, *CHILDREN, pl.sum_horizontal(ADULTS).alias(PARTS[-1]))
            .sort(*EDITION, "iris")
        )
        return cls(rows, noise)

    def drawn(self, some: slice | npt.NDArray[np.int64], parts: int = len(PARTS)) -> Floats:
        """Draws of the people of some rows, in the first of PARTS.

        Returns:
            An array of shape (rows, parts, 1 + draws).
        """
        rows = self.rows[some]
        return self.noise.around(rows.select(PARTS[:parts]).to_numpy(), names(rows, PEOPLE))


def summed(parts: Floats, band: str) -> Floats:
    """Draws of a band: the sum of those of its parts.

    Args:
        parts: of shape (rows, parts, 1 + draws), as `Census.drawn` gives them.
        band: one of BANDS.
    """
    ranks = [PARTS.index(part) for part in BANDS[band]]
    return np.asarray(parts[:, ranks].sum(axis=1))


def names(rows: pl.DataFrame, counted: str, edition: str = "edition") -> pl.Series:
    """The names of the streams of what the census counts in IRIS.

    Args:
        rows: millesime, iris, and the edition of the census.
        counted: PEOPLE or FAMILIES.
        edition: the column of the edition.
    """
    return rows.select(
        pl.concat_str("millesime", edition, pl.lit(counted), "iris", separator="/")
    ).to_series()


def by_territory(
    population: pl.DataFrame, memberships: pl.DataFrame, noise: CensusNoise
) -> Iterator[pl.DataFrame]:
    """Draws of the people of each territory: sums of those of its IRIS, bands of their parts.

    Args:
        population: iris, tranche_age, personnes, millesime, edition (`int_population_iris`).
        memberships: iris, territoire_id, niveau, iris_du_territoire (`int_iris_territoires`).
        noise: how the census is drawn.

    Yields:
        territoire_id, niveau, millesime, edition, tranche_age and personnes, the list of the draws,
        the estimate first; some territories at a time. A territory of which an IRIS is missing has
        no row.
    """
    census = Census.of(population, noise)
    bands = pl.DataFrame({"tranche_age": [*BANDS]})

    def draw(some: slice) -> Floats:
        drawn = census.drawn(some)
        return drawn.reshape(len(drawn), len(PARTS) * (1 + noise.draws))

    for keys, totals in sums(census.rows, draw, memberships, EDITION):
        each = keys.join(bands, how="cross")
        parts = totals.reshape(-1, len(PARTS), 1 + noise.draws)
        drawn = np.stack([summed(parts, band) for band in BANDS], axis=1)
        yield listed(each, drawn.reshape(-1, 1 + noise.draws), "personnes")
