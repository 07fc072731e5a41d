"""From the IRIS to the territories that they make, on each draw."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipelines.estimation.draws import Floats


def sums(
    rows: pl.DataFrame, drawn: Floats, memberships: pl.DataFrame, keys: Sequence[str]
) -> tuple[pl.DataFrame, Floats]:
    """Sums of the draws of IRIS over each territory that has all of its own.

    Args:
        rows: iris, the keys, and `rang`, the row of `drawn` that holds the draws; an IRIS once for
            each value of the keys, or several times where several rows add up.
        drawn: draws by row, of any width.
        memberships: iris, territoire_id, niveau, iris_du_territoire (`int_iris_territoires`).
        keys: what tells the rows of an IRIS apart.

    Returns:
        territoire_id, niveau and the keys, sorted, and the sums, a row for each. A territory of
        which an IRIS is missing has none.
    """
    groups = (
        rows.join(memberships, on="iris")
        .group_by("territoire_id", "niveau", *keys)
        .agg(pl.col("rang").sort(), pl.col("iris").n_unique(), pl.col("iris_du_territoire").first())
        .filter(pl.col("iris") == pl.col("iris_du_territoire"))
        .sort(*keys, "territoire_id")
    )
    totals = [drawn[members].sum(axis=0) for members in groups["rang"].to_list()]
    return (
        groups.select("territoire_id", "niveau", *keys),
        np.array(totals).reshape(len(totals), drawn.shape[1]),
    )
