"""The least and the most children that the Caf may know in each territory, on each draw."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from pipelines.estimation.draws import CensusNoise, Floats, listed
from pipelines.estimation.population import BANDS, CHILDREN, Census, summed
from pipelines.estimation.territories import sums

KEYS = ["tranche_age", "millesime", "edition", "edition_recensement"]


def by_territory(
    caf: pl.DataFrame,
    ceilings: pl.DataFrame,
    people: pl.DataFrame,
    memberships: pl.DataFrame,
    noise: CensusNoise,
) -> Iterator[pl.DataFrame]:
    """Bounds of the children known to the Caf, by age band, on each draw of the census.

    What the file bounds is never drawn. What it does not bound, a masked row, goes from what is
    published to the children that the census has there in the same draw, times a ceiling: the Caf
    knows more children than the census in many of the IRIS that it publishes.

    Args:
        caf: iris, tranche_age, masque, millesime, edition, borne_basse, borne_haute: the children
            of `int_caf_iris`.
        ceilings: tranche_age, millesime, edition, edition_recensement, plafond: children known to
            the Caf at most for one of the census (`int_plafonds_caf`).
        people: iris, tranche_age, personnes, millesime, edition (`int_population_iris`).
        memberships: iris, territoire_id, niveau, iris_du_territoire (`int_iris_territoires`).
        noise: how the census is drawn.

    Yields:
        territoire_id, niveau, tranche_age, millesime, edition (of the Caf's file),
        edition_recensement, borne_basse, and borne_haute, the list of its draws, the estimate
        first, in children; some territories at a time. Nothing in the list where neither the file
        nor a ceiling bounds an IRIS. No row for a vintage without its census, nor for a territory
        of which every IRIS is masked.
    """
    census = Census.of(people, noise)
    counted = census.rows.select("iris", "millesime", edition_recensement="edition")
    rows = (
        caf.filter(pl.col("tranche_age").is_in([*BANDS]))
        .join(counted.with_row_index("recense"), on=["iris", "millesime"])
        .join(ceilings, on=KEYS, how="left")
        .sort(*KEYS[1:], "iris", KEYS[0])
    )

    def draw(some: slice) -> Floats:
        here = rows[some]
        low, high = (
            here[side].cast(pl.Float64).to_numpy()[:, None]
            for side in ("borne_basse", "borne_haute")
        )
        most = np.repeat(high, 1 + noise.draws, axis=1)
        unbounded = here.with_row_index("rang").filter(
            pl.col("borne_haute").is_null(), pl.col("plafond").is_not_null()
        )
        counted, which = np.unique(unbounded["recense"].to_numpy(), return_inverse=True)
        residents = census.drawn(counted, len(CHILDREN))
        for (band,), capped in unbounded.with_columns(recense=which).group_by("tranche_age"):
            ranks = capped["rang"].to_numpy()
            most[ranks] = np.maximum(
                low[ranks],
                capped["plafond"].to_numpy()[:, None]
                * summed(residents[capped["recense"].to_numpy()], str(band)),
            )
        return np.hstack([most, low, ~here["masque"].to_numpy()[:, None]])

    for keys, totals in sums(rows, draw, memberships, KEYS):
        some = totals[:, -1] > 0
        highest, lowest = totals[some, :-2], totals[some, -2]
        yield listed(keys.filter(pl.Series(some)), highest, "borne_haute").with_columns(
            pl.Series("borne_basse", lowest)
        )
