"""From the IRIS to the territories that they make, on each draw."""

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from pipelines.estimation.draws import Floats

# The draws of some territories at a time, 16 MiB: those of a whole country would not fit in memory.
VALUES_AT_ONCE = 1 << 21


def added(members: pl.Series, drawn: Floats) -> Floats:
    """Sums of rows of draws.

    Args:
        members: for each sum, the list of the rows of `drawn` that add up to it.
        drawn: draws by row, of any width.

    Returns:
        The sums, a row for each list.
    """
    ends = np.concatenate([[0], members.list.len().to_numpy().cumsum()])
    rows = members.explode().drop_nulls().to_numpy()
    sums: Floats = csr_array((np.ones(len(rows)), rows, ends), (len(members), len(drawn))) @ drawn
    return sums


def sums(
    rows: pl.DataFrame, drawn: Floats, memberships: pl.DataFrame, keys: Sequence[str]
) -> Iterator[tuple[pl.DataFrame, Floats]]:
    """Sums of the draws of IRIS over each territory that has all of its own.

    Args:
        rows: iris, the keys, and `rang`, the row of `drawn` that holds the draws; an IRIS once for
            each value of the keys, or several times where several rows add up.
        drawn: draws by row, of any width.
        memberships: iris, territoire_id, niveau, iris_du_territoire (`int_iris_territoires`).
        keys: what tells the rows of an IRIS apart.

    Yields:
        territoire_id, niveau and the keys, sorted, and the sums, a row for each: some territories
        at a time, and once nothing where there is none. A territory of which an IRIS is missing has
        no sum.
    """
    groups = (
        rows.join(memberships, on="iris")
        .group_by("territoire_id", "niveau", *keys)
        .agg(pl.col("rang").sort(), pl.col("iris").n_unique(), pl.col("iris_du_territoire").first())
        .filter(pl.col("iris") == pl.col("iris_du_territoire"))
        .sort(*keys, "territoire_id")
    )
    height = max(1, VALUES_AT_ONCE // drawn.shape[1])
    for start in range(0, max(1, groups.height), height):
        some = groups.slice(start, height)
        yield some.select("territoire_id", "niveau", *keys), added(some["rang"], drawn)
