"""The least and the most children that the Caf may know in each territory, on each draw."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from pipelines.estimation import population
from pipelines.estimation.draws import long
from pipelines.estimation.territories import sums

KEYS = ["tranche_age", "millesime", "edition", "edition_recensement"]


def by_territory(
    caf: pl.DataFrame,
    ceilings: pl.DataFrame,
    people: pl.DataFrame,
    memberships: pl.DataFrame,
    *,
    draws: int,
    seed: int,
    design_effect: float,
) -> Iterator[pl.DataFrame]:
    """Bounds of the children known to the Caf, by age band, on each draw of the census.

    What the file bounds is never drawn. What it does not bound, a masked row, goes from what is
    published to the children that the census has there in the same draw, times a ceiling: the Caf
    knows more children than the census in many of the IRIS that it publishes.

    Args:
        caf: iris, mesure, tranche_age, masque, millesime, edition, borne_basse, borne_haute
            (`int_caf_iris`).
        ceilings: tranche_age, millesime, edition, edition_recensement, plafond: children known to
            the Caf at most for one of the census (`int_plafonds_caf`).
        people: iris, tranche_age, personnes, millesime, edition (`int_population_iris`).
        memberships: iris, territoire_id, niveau, iris_du_territoire (`int_iris_territoires`).
        draws: how many draws.
        seed: the seed of the refresh.
        design_effect: the design effect of the census below the commune.

    Yields:
        tirage, territoire_id, niveau, tranche_age, millesime, edition (of the Caf's file),
        edition_recensement, borne_basse and borne_haute, in children, some territories at a time;
        no borne_haute where neither the file nor a ceiling bounds an IRIS. No row for a vintage
        without its census, nor for a territory of which every IRIS is masked.
    """
    censuses = people.select("iris", "millesime", edition_recensement="edition").unique()
    rows = (
        caf.filter(pl.col("mesure") == "enfants couverts")
        .filter(pl.col("tranche_age").is_in([*population.BANDS]))
        .join(censuses, on=["iris", "millesime"])
        .join(ceilings, on=KEYS, how="left")
        .sort(*KEYS, "iris")
        .with_row_index("rang")
    )
    low, high = (
        rows[side].cast(pl.Float64).to_numpy()[:, None] for side in ("borne_basse", "borne_haute")
    )
    most = np.repeat(high, 1 + draws, axis=1)
    unbounded = rows.filter(pl.col("borne_haute").is_null(), pl.col("plafond").is_not_null())
    bands, residents = population.of_iris(
        people.filter(pl.col("iris").is_in(unbounded["iris"].unique())),
        draws=draws,
        seed=seed,
        design_effect=design_effect,
        bands=unbounded["tranche_age"].unique().to_list(),
    )
    capped = unbounded.join(
        bands.rename({"edition": "edition_recensement"}).with_row_index("recenses"),
        on=["iris", "tranche_age", "millesime", "edition_recensement"],
    )
    ranks = capped["rang"].to_numpy()
    there = residents[capped["recenses"].to_numpy()]
    most[ranks] = np.maximum(low[ranks], capped["plafond"].to_numpy()[:, None] * there)
    known = ~rows["masque"].to_numpy()[:, None]
    for keys, totals in sums(rows, np.hstack([most, low, known]), memberships, KEYS):
        some = totals[:, -1] > 0
        highest, lowest = totals[some, :-2], totals[some, -2]
        yield long(keys.filter(pl.Series(some)), highest, "borne_haute").with_columns(
            pl.col("borne_haute").fill_nan(None),
            pl.Series("borne_basse", np.repeat(lowest, 1 + draws)),
        )
