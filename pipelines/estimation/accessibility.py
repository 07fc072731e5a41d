"""Draws of the places that the children of each territory reach (PE05), in each scenario."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipelines.estimation.catchment import accessibility, decayed, distances_m
from pipelines.estimation.draws import Floats, long
from pipelines.estimation.population import by_iris

BAND = "0-2 ans"
_POINT = ("lon", "lat")


def by_territory(
    population: pl.DataFrame,
    memberships: pl.DataFrame,
    points: pl.DataFrame,
    sites: pl.DataFrame,
    places: pl.DataFrame,
    *,
    catchments: Sequence[int],
    decay: str,
    draws: int,
    seed: int,
    design_effect: float,
) -> pl.DataFrame:
    """Places for 100 children 0-2, within their reach: the mean over the children of a territory.

    IRIS that belong to no territory and sites of no unit are those of the neighbours: they are in
    the system, and in no figure. A site without a point stands where the children of its unit do on
    average; one of a unit without children or points is left out.

    Args:
        population: iris, tranche_age, personnes, millesime, edition, of one census.
        memberships: iris, territoire_id, niveau, iris_du_territoire (`int_iris_territoires`).
        points: iris, lon, lat.
        sites: scenario_id, site_id, unite_id, lon, lat, of one year.
        places: scenario_id, tirage, site_id, places, draws 0 to `draws` of each site.
        catchments: how far families go, in metres.
        decay: how places lose worth on the way, a key of `catchment.DECAYS`.
        draws: how many draws.
        seed: the seed of the refresh.
        design_effect: the design effect of the census below the commune.

    Returns:
        scenario_id, captage_m, territoire_id, niveau, tirage, accessibilite. A territory of which an
        IRIS has no people or no point in the sources has no row.
    """
    rows, drawn = by_iris(
        population.filter(pl.col("tranche_age") == BAND),
        draws=draws,
        seed=seed,
        design_effect=design_effect,
    )
    placed = rows.with_row_index("rang").join(points, on="iris", maintain_order="left")
    people = drawn[placed["rang"].to_numpy()]
    origins = placed.select(_POINT).to_numpy()
    territories, within = _territories(placed["iris"], memberships)
    located = _located(sites, placed, memberships).sort("scenario_id", "site_id")
    tables = []
    for (scenario,), group in located.group_by("scenario_id", maintain_order=True):
        distances = distances_m(origins, group.select(_POINT).to_numpy())
        offered = _offered(group, places, 1 + draws)
        for catchment in catchments:
            weights = decayed(distances, catchment_m=catchment, decay=decay)
            reached = people * accessibility(weights, people, offered)
            children = within @ people
            mean = np.divide(
                100 * (within @ reached),
                children,
                out=np.full_like(children, np.nan),
                where=children > 0,
            )
            keys = territories.select(
                pl.lit(scenario).alias("scenario_id"),
                pl.lit(catchment, pl.Int64).alias("captage_m"),
                "territoire_id",
                "niveau",
            )
            tables.append(long(keys, mean, "accessibilite"))
    return (
        pl.concat([_NOTHING, *tables])
        .with_columns(pl.col("accessibilite").fill_nan(None))
        .drop_nulls("accessibilite")
    )


_NOTHING = pl.DataFrame(
    schema={
        "scenario_id": pl.String,
        "captage_m": pl.Int64,
        "territoire_id": pl.String,
        "niveau": pl.String,
        "tirage": pl.Int64,
        "accessibilite": pl.Float64,
    }
)


def _territories(iris: pl.Series, memberships: pl.DataFrame) -> tuple[pl.DataFrame, Floats]:
    """The territories whose every IRIS is there, and which IRIS each holds: a row of 0 and 1."""
    ranks = pl.DataFrame({"iris": iris}).with_row_index("rang")
    whole = (
        memberships.join(ranks, on="iris")
        .group_by("territoire_id", "niveau", "iris_du_territoire")
        .agg("rang")
        .filter(pl.col("rang").list.len() == pl.col("iris_du_territoire"))
        .sort("niveau", "territoire_id")
    )
    within = np.zeros((whole.height, len(iris)))
    for row, members in enumerate(whole["rang"].to_list()):
        within[row, members] = 1
    return whole.select("territoire_id", "niveau"), within


def _located(sites: pl.DataFrame, placed: pl.DataFrame, memberships: pl.DataFrame) -> pl.DataFrame:
    """Each site with a point: its own, or the mean point of the children of its unit."""
    weighted = pl.col("personnes")
    middles = (
        placed.join(memberships, on="iris")
        .filter(weighted > 0)
        .group_by(pl.col("territoire_id").alias("unite_id"))
        .agg(
            ((pl.col(axis) * weighted).sum() / weighted.sum()).alias(f"{axis}_unite")
            for axis in _POINT
        )
    )
    located = sites.join(middles, on="unite_id", how="left").with_columns(
        pl.coalesce(axis, f"{axis}_unite").alias(axis) for axis in _POINT
    )
    return located.drop_nulls(_POINT).select("scenario_id", "site_id", *_POINT)


def _offered(sites: pl.DataFrame, places: pl.DataFrame, width: int) -> Floats:
    """The places of each site of a scenario, in its order: shape (sites, draws)."""
    ordered = (
        sites.with_row_index("rang")
        .join(places, on=("scenario_id", "site_id"))
        .sort("rang", "tirage")
    )
    return ordered["places"].to_numpy().astype(np.float64).reshape(sites.height, width)
