"""Statistical disclosure: which cells are hidden so that no secret one can be worked out.

Cells are bound by sums: a territory is its communes, an age band its parts. A cell hidden alone in
such a sum is given away by it; another one, the smallest, goes with it. This is the cell
suppression problem (Hundepool and others, *Statistical Disclosure Control*, 2012, chapter 4),
solved greedily: whether a cell can be worked out is decided by linear algebra, over all the sums
at once.
"""

import math
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Key = Hashable
# Sums of at most a few hundred terms of 0 and ±1: what is not zero there is far above this.
NOTHING = 1e-9


@dataclass(frozen=True)
class Cell:
    """A figure that may be published.

    `value` is absent where its producer hides it. `low` and `high` are what a reader knows of the
    figure before any sum, once it is hidden: a count of families is not negative. They may be what
    he takes for granted only: where the sums contradict it of a figure without value, he knows no
    more than its `low`.
    """

    key: Key
    value: float | None
    secret: bool
    low: float = 0
    high: float = math.inf


@dataclass(frozen=True)
class Sum:
    """A total and its parts, all non-negative. A key that no cell bears is known to nobody."""

    total: Key
    parts: tuple[Key, ...]

    @property
    def keys(self) -> tuple[Key, ...]:
        """The total, then its parts."""
        return (self.total, *self.parts)

    @property
    def signed(self) -> Iterator[tuple[Key, int]]:
        """Each term of the equation parts − total = 0, with its sign."""
        yield self.total, -1
        for part in self.parts:
            yield part, 1


def complements(cells: Collection[Cell], sums: Sequence[Sum]) -> set[Key]:
    """The cells to hide besides the secret ones.

    A cell is taken from the sums that give a secret one away: the one that has the fewest
    elementary parts, so that totals are kept, then the first of the table. What the figures are has
    no say: a reader who knows that the smallest goes would learn from each that stays. Only a zero
    is left where it is, for it hides nothing: its neighbour would still be all of what is left.

    Args:
        cells: the figures, secret or not; the keys are unique.
        sums: what binds them, with keys of cells or of figures that are not in the table.

    Returns:
        The keys of the cells that are not secret and must not be published either.
    """
    table = {cell.key: cell for cell in cells}
    sizes = _sizes(sums)
    order = {key: rank for rank, key in enumerate(table)}
    hidden: set[Key] = set()
    for cell in (cell for cell in cells if cell.secret):
        while True:
            around = _around(cell.key, table, hidden, sums)
            published = sorted(
                {
                    key
                    for each in around
                    for key in each.keys
                    if _is_published(key, table, hidden) and table[key].value
                },
                key=lambda key: (sizes.get(key, 1), order[key]),
            )
            if not published or not _is_exposed(cell, table, hidden, around):
                break
            enough = (
                key
                for key in published
                if not _is_exposed(
                    cell, table, more := hidden | {key}, _around(cell.key, table, more, sums)
                )
            )
            hidden.add(next(enough, published[0]))
    return hidden


def _is_published(key: Key, table: Mapping[Key, Cell], hidden: Collection[Key]) -> bool:
    return key in table and not table[key].secret and key not in hidden


def _sizes(sums: Sequence[Sum]) -> Mapping[Key, int]:
    """How many elementary figures each total is made of."""
    parts: dict[Key, list[tuple[Key, ...]]] = {}
    for each in sums:
        parts.setdefault(each.total, []).append(each.parts)
    sizes: dict[Key, int] = {}

    def size(key: Key) -> int:
        if key not in sizes:
            sizes[key] = max((sum(map(size, some)) for some in parts.get(key, [])), default=1)
        return sizes[key]

    return {key: size(key) for key in parts}


def _around(
    key: Key, table: Mapping[Key, Cell], hidden: Collection[Key], sums: Sequence[Sum]
) -> list[Sum]:
    """The sums that can say something of a figure: those that unknown figures tie to its own."""
    reached, found = {key}, set[int]()
    while True:
        more = {
            rank
            for rank, each in enumerate(sums)
            if rank not in found and not reached.isdisjoint(each.keys)
        }
        if not more:
            return [sums[rank] for rank in sorted(found)]
        found |= more
        for rank in more:
            reached.update(k for k in sums[rank].keys if not _is_published(k, table, hidden))


def _is_exposed(
    cell: Cell, table: Mapping[Key, Cell], hidden: Collection[Key], around: Sequence[Sum]
) -> bool:
    unknown = {key for each in around for key in each.keys if not _is_published(key, table, hidden)}
    if cell.key not in unknown:
        return False
    return _is_determined(cell.key, unknown, around) or _is_pinned(cell.key, table, unknown, around)


def _is_determined(key: Key, unknown: Collection[Key], around: Sequence[Sum]) -> bool:
    """Whether the sums have one solution for a figure: it is the same all over their null space."""
    rank = {name: number for number, name in enumerate(unknown)}
    matrix = np.zeros((len(around), len(unknown)))
    for row, each in enumerate(around):
        for name, sign in each.signed:
            if name in rank:
                matrix[row, rank[name]] += sign
    _, values, rows = np.linalg.svd(matrix)
    null_space = rows[int((values > NOTHING).sum()) :]
    return bool(np.abs(null_space[:, rank[key]]).max(initial=0) < NOTHING)


def _is_pinned(
    key: Key, table: Mapping[Key, Cell], unknown: Collection[Key], around: Sequence[Sum]
) -> bool:
    """Whether bounds, carried from sum to sum, leave a figure one value.

    Two figures from 1 to 4 whose sum is 8 are 4 each, though no equation says so. Bounds that no
    figures would fit say nothing: the sums do not hold.
    """
    for trusted in (True, False):
        low, high = _bounds(table, unknown, around, trusted=trusted)
        if all(low[name] <= high[name] + NOTHING for name in low):
            return high[key] - low[key] < NOTHING
    return False


def _bounds(
    table: Mapping[Key, Cell],
    unknown: Collection[Key],
    around: Sequence[Sum],
    *,
    trusted: bool,
) -> tuple[dict[Key, float], dict[Key, float]]:
    """The least and the most that each figure can be, trusting what is taken for granted or not."""
    low: dict[Key, float] = {}
    high: dict[Key, float] = {}
    for name in {name for each in around for name in each.keys}:
        cell = table.get(name)
        if cell is None:
            low[name], high[name] = 0, math.inf
        elif name in unknown:
            low[name] = cell.low
            high[name] = cell.high if trusted or cell.value is not None else math.inf
        else:
            low[name] = high[name] = cell.value or 0
    for _ in range(2 * len(around)):
        before = dict(low), dict(high)
        for each in around:
            low[each.total] = max(low[each.total], sum(low[part] for part in each.parts))
            high[each.total] = min(high[each.total], sum(high[part] for part in each.parts))
            for part in each.parts:
                others = [other for other in each.parts if other != part]
                low[part] = max(low[part], low[each.total] - sum(high[o] for o in others))
                high[part] = min(high[part], high[each.total] - sum(low[o] for o in others))
        if before == (low, high):
            break
    return low, high
