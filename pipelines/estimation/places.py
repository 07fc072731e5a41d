"""Draws of EAJE places, site by site: the published total, whatever is not known of its parts.

What the convention says is kept in every draw; the rest of what the Cnaf publishes for an Insee
commune goes to the establishments whose capacity nobody gives. Each of them has a capacity drawn
among the known ones, then all are brought to the total.
"""

from collections.abc import Callable
from typing import cast

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.estimation.draws import Floats, listed, stream

# Places are counted in 2⁻²⁰ of a place: sums of such numbers are exact, in whatever order.
GRAIN = 2.0**-20
REFERENCE = "référence"
ALLOCATION = ("commune_insee", "millesime", "edition")

Capacities = Callable[[object, int], Floats]


def shared(total: Floats | float, weights: Floats) -> Floats:
    """A total shared out by weights, so that its parts add up to it exactly.

    Args:
        total: of shape (draws,) or one number, whole numbers of grains.
        weights: of shape (parts, draws), positive or null, one positive in each draw.

    Returns:
        An array of the shape of `weights`, whole numbers of grains: each part is what its weight
        gives it, less than a grain short, but the heaviest, which has what is left.
    """
    parts: Floats = np.floor(total * weights / weights.sum(axis=0) / GRAIN) * GRAIN
    parts[weights.argmax(axis=0), np.arange(weights.shape[1])] += total - parts.sum(axis=0)
    return parts


def by_site(
    sites: pl.DataFrame,
    totals: pl.DataFrame,
    known: pl.Series,
    *,
    draws: int,
    seed: int,
    minimum_known: int,
) -> pl.DataFrame:
    """Draws of the places of each site, in each scenario.

    Args:
        sites: scenario_id, site_id, service_id, capacite_id, commune_insee, part, places_connues,
            etablissements, part_ouverte, millesime, edition (`int_sites_eaje`).
        totals: commune_insee, millesime, edition, places_publiees: what the sites of the reference
            add up to, in every draw.
        known: the known capacities of collective services, in places, that of a group being shared
            equally; draws are made among them.
        draws: how many draws.
        seed: the seed of the refresh.
        minimum_known: with fewer known capacities nothing is drawn: every draw is the estimate.

    Returns:
        scenario_id, site_id, millesime, edition and places, the list of the draws, the estimate
        first.
    """
    sample = np.sort(known.drop_nulls().to_numpy().astype(np.float64))
    # Without a spread nothing is drawn, no more where a service stands than what another holds.
    width = 1 + (draws if len(sample) >= minimum_known else 0)

    def capacities(name: object, count: int) -> Floats:
        """Capacities of the `count` services of a name, of shape (count, width), the mean first."""
        drawn = np.full((count, width), sample.mean() if len(sample) else 1.0)
        drawn[:, 1:] = stream(seed, "capacité", name).choice(
            sample if len(sample) else np.ones(1), (count, width - 1)
        )
        return drawn

    ordered = sites.sort("scenario_id", *ALLOCATION, "site_id").with_row_index("rang")
    reference = ordered.filter(pl.col("scenario_id") == REFERENCE)
    places = np.zeros((sites.height, width))
    published = totals.select(*ALLOCATION, "places_publiees")
    for _, rows in reference.join(published, on=ALLOCATION).group_by(
        ALLOCATION, maintain_order=True
    ):
        places[rows["rang"].to_numpy()] = _allocated(rows, capacities, width, seed)

    others = ordered.filter(pl.col("scenario_id") != REFERENCE).join(
        reference.select("site_id", *ALLOCATION, pl.col("rang").alias("rang_reference")),
        on=["site_id", *ALLOCATION],
        how="left",
        maintain_order="left",
    )
    for row in others.iter_rows(named=True):
        if row["rang_reference"] is None:
            places[row["rang"]] = row["places_connues"]
        else:
            open_places = places[row["rang_reference"]] * row["part_ouverte"]
            places[row["rang"]] = np.round(open_places / GRAIN) * GRAIN

    if width == 1:
        places = np.repeat(places, 1 + draws, axis=1)
    keys = ordered.select("scenario_id", "site_id", "millesime", "edition")
    return listed(keys, places, "places")


def _allocated(rows: pl.DataFrame, capacities: Capacities, width: int, seed: int) -> Floats:
    """Draws of the places of the sites of one Insee commune, which add up to what is published."""
    places = np.zeros((rows.height, width))
    ranked = rows.with_row_index("place")
    for _, group in ranked.filter(pl.col("service_id").is_not_null()).group_by(
        pl.coalesce("capacite_id", "service_id"), maintain_order=True
    ):
        services = group.partition_by("service_id", maintain_order=True)
        total = float(np.round(group["places_connues"].to_numpy().sum() / GRAIN) * GRAIN)
        weights = np.concatenate(
            [capacities(service["service_id"][0], 1) for service in services], axis=0
        )
        for service, held in zip(services, shared(total, weights), strict=True):
            places[_ranks(service)] = shared(held, _where(service, width, seed))
    unknown = ranked.filter(pl.col("service_id").is_null())
    if unknown.height:
        weights = np.stack(
            [
                _weight(capacities(name, int(np.ceil(count))), count)
                for name, count in unknown.select("site_id", "etablissements").iter_rows()
            ]
        )
        remaining = rows["places_publiees"][0] - places.sum(axis=0)
        places[_ranks(unknown)] = shared(remaining, weights)
    return places


def _ranks(rows: pl.DataFrame) -> npt.NDArray[np.int64]:
    return cast(npt.NDArray[np.int64], rows["place"].to_numpy())


def _where(service: pl.DataFrame, width: int, seed: int) -> Floats:
    """In which of its sites a service stands: its parts in the estimate, one site in each draw."""
    parts = service["part"].to_numpy().astype(np.float64)
    where = np.zeros((len(parts), width))
    where[:, 0] = parts
    chosen = stream(seed, "emplacement", service["service_id"][0]).choice(
        len(parts), width - 1, p=parts / parts.sum()
    )
    where[chosen, np.arange(1, width)] = 1
    return where


def _weight(capacities: Floats, count: float) -> Floats:
    """The places of a number of establishments that need not be whole, before any total."""
    last = count - (len(capacities) - 1)
    weights: Floats = capacities[:-1].sum(axis=0) + capacities[-1] * last
    return weights
