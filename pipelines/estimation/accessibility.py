"""Draws of the places that the children of each territory reach (PE05), in each scenario."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from pipelines.estimation.catchment import accessibility, decayed, distances_m
from pipelines.estimation.draws import (
    DRAWN,
    KNOWN_CENSUS,
    KNOWN_PLACES,
    CensusNoise,
    Floats,
    listed,
    stacked,
)
from pipelines.estimation.places import REFERENCE
from pipelines.estimation.population import PEOPLE, names

SYSTEM = ("millesime", "edition", "edition_population")
_PLACES = ("millesime", "edition")
_POINT = ("lon", "lat")


def by_territory(
    children: pl.DataFrame,
    memberships: pl.DataFrame,
    sites: pl.DataFrame,
    places: pl.DataFrame,
    neighbours: pl.DataFrame,
    *,
    catchment: int,
    alternatives: Sequence[int] = (),
    decay: str,
    noise: CensusNoise,
) -> pl.DataFrame:
    """Places for 100 children 0-2, within their reach: the mean over the children of a territory.

    A system is the places of a year and the children of its census. The IRIS of no territory and
    the sites of the neighbours are in it, and in no figure. A site without a point stands where
    the children of its unit do on average; one of a unit without children is left out. A service
    attracts as one establishment, wherever it may be: in part at each of its sites in the estimate,
    at one of them in a draw.

    The reference is measured at other distances too and, for its districts, which are ranked by it,
    without one of the errors at each distance: the other is drawn as everywhere.

    Args:
        children: iris, lon, lat, personnes, millesime, edition (of the places),
            edition_population (`int_enfants_situes`).
        memberships: iris, territoire_id, niveau, iris_du_territoire (`int_iris_territoires`).
        sites: scenario_id, site_id, service_id, unite_id, lon, lat, etablissements, part_ouverte,
            millesime, edition (`int_sites_eaje`).
        places: scenario_id, site_id, millesime, edition and places, the list of the draws, the
            estimate first (`est_sites`).
        neighbours: lon, lat, places, etablissements, millesime, edition, edition_population: sites
            that are the same in every scenario and every draw (`int_voisins_sites`).
        catchment: how far families go, in metres.
        alternatives: the other distances of the reference.
        decay: how places lose worth on the way, a key of `catchment.DECAYS`.
        noise: how the census is drawn.

    Returns:
        scenario_id, captage_m, variante (what is drawn: `draws.DRAWN`, `KNOWN_CENSUS` or
        `KNOWN_PLACES`), territoire_id, niveau, millesime, edition, edition_population and
        accessibilite, the list of the draws, the estimate first. A territory without children, or
        of which an IRIS has no people or no point in the sources, has no row.
    """
    tables = [_NOTHING]
    for system, located in children.group_by(SYSTEM, maintain_order=True):
        rows = located.sort("iris")
        # The youngest are what is drawn first of an IRIS: the digits are those of every table.
        people = noise.around(
            rows.select("personnes").to_numpy(), names(rows, PEOPLE, "edition_population")
        )[:, 0]
        origins = rows.select(_POINT).to_numpy()
        territories, within = _territories(rows["iris"], memberships)
        districts = (territories["niveau"] == "district").to_numpy()
        named = dict(zip(SYSTEM, system, strict=True))
        year = {name: named[name] for name in _PLACES}
        # Digits depend on the order of what is added up: rows come in any.
        around = _of(neighbours, named).sort(pl.all())
        here = _located(_of(sites, year), rows, memberships).sort("scenario_id", "site_id")
        for (scenario,), group in here.group_by("scenario_id", maintain_order=True):
            destinations = pl.concat([group.select(_POINT), around.select(_POINT)])
            offered = _offered(group, _of(places, year))
            attraction = _with_constant(_attraction(group, offered), around["etablissements"])
            offered = _with_constant(offered, around["places"])
            everywhere = np.full(territories.height, True)
            variants = [(DRAWN, everywhere, people, offered, attraction)]
            catchments = {catchment}
            if scenario == REFERENCE:
                variants += [
                    (KNOWN_CENSUS, districts, people[:, :1], offered, attraction),
                    (KNOWN_PLACES, districts, people, offered[:, :1], attraction[:, :1]),
                ]
                catchments |= {*alternatives}
            distances = distances_m(origins, destinations.to_numpy(), within_m=max(catchments))
            for metres in sorted(catchments):
                weights = distances.copy()
                weights.data = decayed(distances.data, catchment_m=metres, decay=decay)
                for variant, shown, counted, held, pulls in variants:
                    reached = counted * accessibility(weights, counted, held, pulls)
                    keys = territories.filter(shown).select(
                        pl.lit(scenario).alias("scenario_id"),
                        pl.lit(metres, pl.Int64).alias("captage_m"),
                        pl.lit(variant).alias("variante"),
                        "territoire_id",
                        "niveau",
                        *(pl.lit(value).alias(name) for name, value in named.items()),
                    )
                    with np.errstate(invalid="ignore"):
                        shares = 100 * (within[shown] @ reached) / (within[shown] @ counted)
                    some = ~np.isnan(shares).all(axis=1)
                    tables.append(
                        listed(keys.filter(pl.Series(some)), shares[some], "accessibilite")
                    )
    return pl.concat(tables, how="vertical_relaxed")


_NOTHING = pl.DataFrame(
    schema={
        "scenario_id": pl.String,
        "captage_m": pl.Int64,
        "variante": pl.String,
        "territoire_id": pl.String,
        "niveau": pl.String,
        "millesime": pl.Int64,
        "edition": pl.String,
        "edition_population": pl.String,
        "accessibilite": pl.List(pl.Float64),
    }
)


def _of(frame: pl.DataFrame, values: dict[str, object]) -> pl.DataFrame:
    """The rows that have these values."""
    return frame.filter(*(pl.col(name) == value for name, value in values.items()))


def _territories(iris: pl.Series, memberships: pl.DataFrame) -> tuple[pl.DataFrame, csr_array]:
    """The territories whose every IRIS is there, and which IRIS each holds: a row of 0 and 1."""
    ranks = pl.DataFrame({"iris": iris}).with_row_index("rang")
    whole = (
        memberships.join(ranks, on="iris")
        .group_by("territoire_id", "niveau", "iris_du_territoire")
        .agg(pl.col("rang").sort())
        .filter(pl.col("rang").list.len() == pl.col("iris_du_territoire"))
        .sort("niveau", "territoire_id")
    )
    members = whole["rang"].explode().to_numpy()
    ends = np.concatenate([[0], whole["rang"].list.len().to_numpy().cumsum()])
    within = csr_array((np.ones(len(members)), members, ends), (whole.height, len(iris)))
    return whole.select("territoire_id", "niveau"), within


def _located(
    sites: pl.DataFrame, children: pl.DataFrame, memberships: pl.DataFrame
) -> pl.DataFrame:
    """Each site with a point: its own, or the mean point of the children of its unit."""
    share = pl.col("personnes") / pl.col("personnes").sum()
    middles = (
        children.join(memberships, on="iris")
        .filter(pl.col("personnes") > 0)
        .sort("iris")
        .group_by(pl.col("territoire_id").alias("unite_id"))
        .agg((pl.col(axis) * share).sum().alias(f"{axis}_unite") for axis in _POINT)
    )
    return (
        sites.join(middles, on="unite_id", how="left")
        .with_columns(pl.coalesce(axis, f"{axis}_unite") for axis in _POINT)
        .drop_nulls(_POINT)
    )


def _offered(sites: pl.DataFrame, places: pl.DataFrame) -> Floats:
    """The places of each site of a scenario: shape (sites, draws)."""
    held = sites.select("scenario_id", "site_id").join(
        places, on=("scenario_id", "site_id"), maintain_order="left"
    )
    return stacked(held["places"])


def _attraction(sites: pl.DataFrame, places: Floats) -> Floats:
    """How many establishments each site stands for: a service, for one, as it holds its places."""
    count = sites["etablissements"] * sites["part_ouverte"]
    attraction = np.repeat(count.to_numpy()[:, None], places.shape[1], axis=1).astype(np.float64)
    services = sites.with_row_index("rang").drop_nulls("service_id").group_by("service_id")
    for _, service in services:
        held = places[service["rang"].to_numpy()]
        whole = np.broadcast_to(held.sum(axis=0), held.shape)
        attraction[service["rang"].to_numpy()] = np.divide(
            held, whole, out=np.zeros_like(held), where=whole > 0
        )
    return attraction


def _with_constant(drawn: Floats, constant: pl.Series) -> Floats:
    """After what is drawn, what is the same on every draw."""
    same = np.repeat(constant.to_numpy()[:, None], drawn.shape[1], axis=1)
    return np.concatenate([drawn, same]).astype(np.float64)
