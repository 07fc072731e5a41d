"""Draws of the children that the Caf knows in each territory: what secrecy leaves unknown."""

import numpy as np
import polars as pl

from pipelines.estimation import population
from pipelines.estimation.draws import Floats, long, stream
from pipelines.estimation.territories import sums

BANDS = [*population.ELEMENTARY, "0-17 ans"]
KEYS = ["tranche_age", "millesime", "edition", "edition_recensement"]
VALUES = ["enfants_couverts", "borne_basse", "borne_haute"]


def by_territory(
    caf: pl.DataFrame,
    people: pl.DataFrame,
    memberships: pl.DataFrame,
    *,
    draws: int,
    seed: int,
    design_effect: float,
) -> pl.DataFrame:
    """Draws of the children known to the Caf, by age band, additive over bands and territories.

    A published figure is never drawn. In an IRIS whose row is masked, each band is uniform from
    what is published to the children that the census has there in the same draw. Where cells are
    hidden, their total is uniform within its bounds, or the rest of their breakdown if it is theirs
    exactly; they share it as a point of the simplex by lot. The estimate itself is the middle.

    Args:
        caf: iris, mesure, tranche_age, masque, millesime, edition, borne_basse, borne_haute
            (`int_caf_iris`).
        people: iris, tranche_age, personnes, millesime, edition (`int_population_iris`).
        memberships: iris, territoire_id, niveau, iris_du_territoire (`int_iris_territoires`).
        draws: how many draws.
        seed: the seed of the refresh.
        design_effect: the design effect of the census below the commune.

    Returns:
        tirage, territoire_id, niveau, tranche_age, millesime, edition (of the Caf's file),
        edition_recensement, enfants_couverts, and the least and the most that they may be in the
        draw, borne_basse and borne_haute. No row for a vintage without its census, nor for a
        territory of which every IRIS is masked.
    """
    counted, census = population.by_iris(
        people, draws=draws, seed=seed, design_effect=design_effect
    )
    ranked = counted.with_row_index("rang").rename({"edition": "edition_recensement"})
    ranks = _by_band(
        ranked, ["iris", "millesime", "edition_recensement"], "rang", population.ELEMENTARY
    ).drop_nulls()
    children = caf.filter(pl.col("mesure") == "enfants couverts")
    editions = ["iris", "millesime", "edition"]
    rows = (
        children.group_by(editions)
        .agg(pl.col("masque").any())
        .join(_by_band(children, editions, "borne_basse", BANDS), on=editions)
        .join(_by_band(children, editions, "borne_haute", BANDS), on=editions)
        .join(ranks, on=["iris", "millesime"])
        .sort("millesime", "edition", "edition_recensement", "iris")
    )
    low, high = (
        rows.select(pl.col(f"{side} {band}").cast(pl.Float64) for band in BANDS).to_numpy()
        for side in ("borne_basse", "borne_haute")
    )
    residents = rows.select(f"rang {band}" for band in population.ELEMENTARY).to_numpy()
    width = len(VALUES) * (1 + draws)
    drawn = np.zeros((rows.height, len(BANDS), len(VALUES), 1 + draws))
    for row, names in enumerate(rows.select("millesime", "edition", "iris").iter_rows()):
        lot = stream(seed, "caf", *names)
        drawn[row] = _in_iris(low[row], high[row], census[residents[row]], lot)
    # The bands of an IRIS follow one another, as in `drawn`; the last column counts known IRIS.
    listed = (
        rows.select("iris", "millesime", "edition", "edition_recensement", "masque")
        .with_columns(pl.lit(BANDS, dtype=pl.List(pl.String)).alias("tranche_age"))
        .explode("tranche_age")
        .with_row_index("rang")
    )
    known = ~listed["masque"].to_numpy()
    keys, totals = sums(
        listed, np.hstack([drawn.reshape(known.size, width), known[:, None]]), memberships, KEYS
    )
    some = totals[:, -1] > 0
    values = np.split(totals[some, :-1], len(VALUES), axis=1)
    return long(keys.filter(pl.Series(some)), values[0], VALUES[0]).with_columns(
        pl.Series(name, value.reshape(-1))
        for name, value in zip(VALUES[1:], values[1:], strict=True)
    )


def _by_band(rows: pl.DataFrame, keys: list[str], value: str, bands: list[str]) -> pl.DataFrame:
    """One row by key, and the value of each age band in a column of its own."""
    return rows.group_by(keys).agg(
        pl.col(value).filter(pl.col("tranche_age") == band).first().alias(f"{value} {band}")
        for band in bands
    )


def _in_iris(low: Floats, high: Floats, residents: Floats, lot: np.random.Generator) -> Floats:
    """The children of one IRIS, and the least and most that they may be, band by band.

    Args:
        low: the lower bound of each band, the sum of bands last.
        high: the upper bounds, none (nan) where nothing published bounds a band.
        residents: draws of the children of the census in each elementary band.
        lot: the stream of the IRIS.

    Returns:
        An array of shape (bands, values, 1 + draws).
    """
    bands, width = residents.shape
    floor, top = low[:-1, None], high[:-1, None]
    middle_then_uniform = np.hstack([np.full((bands, 1), 0.5), lot.random((bands, width - 1))])
    if np.isnan(high[-1]):
        top = np.where(np.isnan(top), np.maximum(floor, residents), top)
        drawn = floor + middle_then_uniform * (top - floor)
        most = np.vstack([top, top.sum(axis=0)])
    else:
        room = top - floor
        least_hidden, most_hidden = np.maximum(low[-1:] - floor.sum(), 0), high[-1] - floor.sum()
        hidden = least_hidden + middle_then_uniform[0] * (most_hidden - least_hidden)
        drawn = floor + _shared(np.maximum(hidden, 0), room, lot)
        most = np.repeat(high[:, None], width, axis=1)
    least = np.repeat(low[:, None], width, axis=1)
    return np.stack([np.vstack([drawn, drawn.sum(axis=0)]), least, most], axis=1)


def _shared(hidden: Floats, room: Floats, lot: np.random.Generator) -> Floats:
    """What hidden cells hold together, shared between their bands.

    Uniform on the simplex, so that any sharing is as likely as another. Cells of several rows that
    became one IRIS have rooms of their own: where the lot gives one more than it holds, and at the
    estimate, the sharing follows the rooms.
    """
    total = room.sum()
    if total <= 0:
        return np.zeros((len(room), len(hidden)))
    by_room = hidden * room / total
    weights = lot.standard_exponential((len(room), len(hidden))) * (room > 0)
    by_lot = hidden * weights / weights.sum(axis=0)
    fits = (by_lot <= room).all(axis=0)
    fits[0] = False
    shared: Floats = np.where(fits, by_lot, by_room)
    return shared
