"""From the IRIS to the territories that they make, on each draw."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from pipelines.estimation.draws import Floats

# Values drawn at a time, 8 MiB: those of a whole country would not fit in memory.
VALUES_AT_ONCE = 1 << 20


def sums(
    rows: pl.DataFrame,
    draw: Callable[[slice], Floats],
    memberships: pl.DataFrame,
    keys: Sequence[str],
) -> Iterator[tuple[pl.DataFrame, Floats]]:
    """Sums of the draws of IRIS over each territory that has all of its own.

    Rows are drawn some at a time and forgotten; the sum of a territory of which others are still to
    come is carried. Terms are added in the order of the rows, so that its digits do not depend on
    where it was cut.

    Args:
        rows: iris and the keys, an IRIS once for each value of the keys; neighbours best stand
            together.
        draw: what draws some of the rows, an array of as many rows, of any width but always the
            same.
        memberships: iris, territoire_id, niveau, iris_du_territoire (`int_iris_territoires`).
        keys: what tells the rows of an IRIS apart.

    Yields:
        territoire_id, niveau and the keys, and the sums, a row for each: some territories at a
        time, once at least. A territory of which an IRIS is missing has no sum.
    """
    # Long names, repeated for each IRIS of each territory: their number stands for them.
    named = rows.select(keys).unique().sort(keys).with_row_index("nom")
    groups = (
        rows.lazy()
        .select("iris", *keys)
        .with_row_index("rang")
        .join(named.lazy(), on=keys, how="left", maintain_order="left")
        .select("rang", "iris", "nom")
        .join(memberships.lazy(), on="iris")
        .group_by("territoire_id", "niveau", "nom")
        .agg(pl.col("rang").sort(), pl.col("iris_du_territoire").first())
        .filter(pl.col("rang").list.len() == pl.col("iris_du_territoire"))
        .with_columns(pl.col("rang").list.last().alias("fin"))
        .sort("fin", "nom", "territoire_id")
        .with_row_index("groupe")
        .collect()
    )
    parts = groups.select("groupe", "rang").explode("rang").sort("rang")
    width = draw(slice(0, 0)).shape[1]
    height = max(1, VALUES_AT_ONCE // max(1, width))
    carried, open_groups = np.zeros((0, width)), np.zeros(0, dtype=np.int64)
    for start in range(0, max(1, rows.height), height):
        stop = min(start + height, rows.height)
        here = parts.filter(pl.col("rang").is_between(start, stop, closed="left"))
        values = np.concatenate([carried, draw(slice(start, stop))])
        # What was carried comes first: a sum goes on where it had stopped.
        of_group = np.concatenate([open_groups, here["groupe"].to_numpy()])
        of_row = np.concatenate(
            [
                np.arange(len(carried)),
                here["rang"].to_numpy().astype(np.int64) - start + len(carried),
            ]
        )
        order = np.argsort(of_group, kind="stable")
        touched, first = np.unique(of_group[order], return_index=True)
        ends = np.append(first, len(order))
        totals = (
            csr_array((np.ones(len(order)), of_row[order], ends), (len(touched), len(values)))
            @ values
        )
        some = groups[touched.astype(np.int64)]
        done = (some["fin"] < stop).to_numpy()
        carried, open_groups = totals[~done], touched[~done]
        summed = some.filter(pl.Series(done)).join(
            named, on="nom", how="left", maintain_order="left"
        )
        yield summed.select("territoire_id", "niveau", *keys), totals[done]
