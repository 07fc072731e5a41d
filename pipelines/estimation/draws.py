"""Seeded draws: a stream of random numbers for each quantity, whatever else is drawn.

A stream is named after what it draws (« recensement », the IRIS): another territory, another
indicator or another order of the rows changes none of its digits.
"""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]

# What is drawn of a measure: all that is not known, or all but one of its errors, which stays at
# its estimate.
DRAWN = "référence"
KNOWN_CENSUS = "recensement sans erreur"
KNOWN_PLACES = "capacités sans erreur"


def stream(seed: int, *names: object) -> np.random.Generator:
    """The random numbers of one quantity.

    Args:
        seed: the seed of the refresh (the dbt variable `graine`).
        names: what is drawn: the quantity, then what it is drawn for.
    """
    digest = blake2b("/".join(map(str, names)).encode(), digest_size=16).digest()
    return np.random.Generator(np.random.PCG64([seed, int.from_bytes(digest, "big")]))


def census_counts(
    rows: pl.DataFrame,
    counts: str,
    names: Sequence[str | pl.Expr],
    *,
    draws: int,
    seed: int,
    design_effect: float,
) -> Floats:
    """Draws of counts of the census: positive, of mean n and variance 1.5 × deff × n.

    The variance is the census model of the catalogue, CV = √(1.5 × deff / n). The law is the gamma
    law of those two moments: never negative, and closed under addition, so that the draws of a
    district are the sum of those of its IRIS and follow the very same model.

    Args:
        rows: the counts of the census, in persons or families, and what they count.
        counts: their column.
        names: what tells the counts apart, in the order of the names of their streams.
        draws: how many draws.
        seed: the seed of the refresh.
        design_effect: the design effect of the census below the commune.

    Returns:
        An array of shape (counts, 1 + draws), in the unit of the counts: first the counts as they
        are, then the draws.
    """
    scale = 1.5 * design_effect
    named = rows.select(counts, pl.concat_str(names, separator="/").alias("nom"))
    drawn = np.zeros((rows.height, 1 + draws))
    drawn[:, 0] = rows[counts].to_numpy()
    for row, (count, name) in enumerate(named.iter_rows()):
        if count > 0:
            drawn[row, 1:] = stream(seed, "recensement", name).gamma(count / scale, scale, draws)
    return drawn


def long(keys: pl.DataFrame, drawn: Floats, name: str) -> pl.DataFrame:
    """Draws as rows: the keys of each quantity, the number of the draw, the value.

    Args:
        keys: a row for each quantity.
        drawn: an array of shape (quantities, 1 + draws), the estimate first.
        name: the column of the values.
    """
    count, width = drawn.shape
    return keys[np.repeat(np.arange(count), width)].with_columns(
        pl.Series("tirage", np.tile(np.arange(width), count), dtype=pl.Int64),
        pl.Series(name, drawn.reshape(-1), dtype=pl.Float64),
    )
