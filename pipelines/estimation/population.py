"""Draws of the people of each territory: the census's uncertainty, from the IRIS up."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.estimation.draws import CensusNoise, Floats, listed
from pipelines.estimation.territories import sums

EDITION = ("millesime", "edition")
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

    `rows` are iris, millesime and edition, sorted, then the people of each band.
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
            .sort(*EDITION, "iris")
        )
        return cls(rows, noise)

    def drawn(self, some: slice | npt.NDArray[np.int64], bands: Collection[str]) -> Floats:
        """Draws of the people of some rows in some bands, each the sum of those of its parts.

        Returns:
            An array of shape (rows, bands, 1 + draws).
        """
        rows = self.rows[some]
        parts = {
            part: self.noise.around(rows[part].to_numpy(), names(rows, part))
            for part in dict.fromkeys(part for band in bands for part in BANDS[band])
        }
        return np.stack(
            [np.sum([parts[part] for part in BANDS[band]], axis=0) for band in bands], axis=1
        )


def names(rows: pl.DataFrame, counted: str, edition: str = "edition") -> pl.Series:
    """The names of the streams of a count of IRIS.

    Args:
        rows: millesime, iris, and the edition of the census.
        counted: an elementary age band, or a kind of families.
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
        territoire_id, tranche_age, millesime, edition and personnes, the list of the draws, the
        estimate first; some territories at a time. A territory of which an IRIS is missing has no
        row.
    """
    census = Census.of(population, noise)
    bands = pl.DataFrame({"tranche_age": [*BANDS]})

    def draw(some: slice) -> Floats:
        drawn = census.drawn(some, BANDS)
        return drawn.reshape(len(drawn), len(BANDS) * (1 + noise.draws))

    for keys, totals in sums(census.rows, draw, memberships, EDITION):
        each = keys.select("territoire_id", *EDITION).join(bands, how="cross")
        yield listed(each, totals.reshape(-1, 1 + noise.draws), "personnes")
