"""Draws of the places of the EAJE of the registry, most of which no document gives."""

import numpy as np
import polars as pl

from pipelines.estimation.draws import long, stream
from pipelines.estimation.services import districts_of, fall

SMALL_NURSERY = "micro-crèche"


def by_territory(
    eaje: pl.DataFrame,
    there: pl.DataFrame,
    known: pl.DataFrame,
    territories: pl.DataFrame,
    *,
    draws: int,
    seed: int,
    small_nursery_places: int,
) -> pl.DataFrame:
    """Draws of the places of each territory: the known ones, and a lot for each that is not.

    A known capacity is never drawn; an unknown one is one of those that are known of collective
    services, by lot, with the same chance for each, but never more than the law allows a
    micro-crèche. A total given for a group counts its mean for each of its services. An EAJE that
    nothing places falls in a district of its commune, where the services of the registry do.

    Args:
        eaje: service_id, type_service, collectif, commune_id, district_id, places (`int_eaje`).
        there: service_id, territoire_id (`int_services_territoires`).
        known: territoire_id, niveau, places_connues (`int_capacites_territoires`).
        territories: territoire_id, niveau, commune_id (`int_territoires`).
        draws: how many draws.
        seed: the seed of the refresh.
        small_nursery_places: the most places that a micro-crèche may have.

    Returns:
        tirage, territoire_id, niveau, places. The estimate is the floor, the known places only; on
        each draw the districts of a commune make the commune. No row where no
        collective capacity is known.
    """
    keys = known.sort("territoire_id").select("territoire_id", "niveau", "places_connues")
    pool = eaje.filter("collectif")["places"].drop_nulls().sort().cast(pl.Float64).to_numpy()
    if pool.size == 0:
        keys = keys.clear()
    drawn = np.zeros((keys.height, 1 + draws))
    drawn[:, 0] = keys["places_connues"].fill_null(0).cast(pl.Float64).to_numpy()
    row_of = {name: row for row, name in enumerate(keys["territoire_id"])}
    counted = dict(there.group_by("service_id").agg("territoire_id").iter_rows())
    districts = districts_of(territories)
    for service, kind, commune, district, places in (
        # In a set order: the mean of a group is not a whole number, and its sums have last digits.
        eaje.filter(pool.size > 0)
        .sort("service_id")
        .select("service_id", "type_service", "commune_id", "district_id", "places")
        .iter_rows()
    ):
        if places is not None:
            amounts = np.full(draws, float(places))
        else:
            most = small_nursery_places if kind == SMALL_NURSERY else np.inf
            amounts = np.minimum(stream(seed, "capacité", service).choice(pool, draws), most)
        for territory in counted[service]:
            drawn[row_of[territory], 1:] += amounts
        if district is None and commune in districts:
            rows = [row_of[name] for name in districts[commune]]
            fall(drawn, rows, amounts, seed=seed, service=service)
    return long(keys.drop("places_connues"), drawn, "places")
