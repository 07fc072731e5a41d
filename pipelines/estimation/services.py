"""Draws of the services of each territory: where those that nothing places may stand."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from pipelines.estimation.draws import Floats, long, stream


def districts_of(territories: pl.DataFrame) -> Mapping[str, Sequence[str]]:
    """The districts of each commune that has some, in order (`int_territoires`)."""
    grouped = (
        territories.filter(pl.col("niveau") == "district")
        .group_by("commune_id")
        .agg(pl.col("territoire_id").sort())
    )
    return dict(grouped.select("commune_id", "territoire_id").iter_rows())


def fall(drawn: Floats, rows: Sequence[int], amounts: Floats, *, seed: int, service: str) -> None:
    """Add what a service brings to one of the districts where it may stand, by lot on each draw.

    Each district of its commune has the same chance. To suppose the service where the children are
    would suppose the equity that the indicators measure. The lot is the service's own: its places
    and the service itself fall in the same district.

    Args:
        drawn: what is added to, of shape (territories, 1 + draws); the estimate is left as it is.
        rows: the rows of the districts of the commune, in order.
        amounts: what the service brings on each draw.
        seed: the seed of the refresh.
        service: the service, whose stream decides.
    """
    lot = stream(seed, "placement", service).integers(len(rows), size=len(amounts))
    drawn[np.asarray(rows)[lot], 1 + np.arange(len(amounts))] += amounts


def by_territory(
    services: pl.DataFrame,
    counts: pl.DataFrame,
    territories: pl.DataFrame,
    *,
    draws: int,
    seed: int,
) -> pl.DataFrame:
    """Draws of the services of each type: those that are placed, and those that fall there.

    Args:
        services: service_id, type_service, commune_id, district_id (`int_services`).
        counts: territoire_id, niveau, type_service, services (`int_services_decompte`).
        territories: territoire_id, niveau, commune_id (`int_territoires`).
        draws: how many draws.
        seed: the seed of the refresh.

    Returns:
        tirage, territoire_id, niveau, type_service, services. The estimate counts the placed
        services only; on each draw the districts of a commune make the commune.
    """
    keys = counts.sort("type_service", "territoire_id").select(
        "type_service", "territoire_id", "niveau", "services"
    )
    drawn = np.repeat(keys["services"].cast(pl.Float64).to_numpy()[:, None], 1 + draws, axis=1)
    row_of = {key[:2]: row for row, key in enumerate(keys.iter_rows())}
    districts = districts_of(territories)
    unplaced = services.filter(
        pl.col("district_id").is_null(), pl.col("commune_id").is_in(list(districts))
    )
    for service, kind, commune in unplaced.select(
        "service_id", "type_service", "commune_id"
    ).iter_rows():
        rows = [row_of[kind, district] for district in districts[commune]]
        fall(drawn, rows, np.ones(draws), seed=seed, service=service)
    return long(keys.drop("services"), drawn, "services")
