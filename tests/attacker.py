"""The attackers of the tests of disclosure, written apart from the pipeline.

One eliminates: whether it works an unknown figure out depends on which figures are published, not
on what they are, so an equation is told by its unknown terms alone. The other tries every small
table of counts, and keeps those that say what is published.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping
from fractions import Fraction

import numpy as np

Equation = Mapping[Hashable, int | Fraction]


def worked_out(unknown: Collection[Hashable], equations: Iterable[Equation]) -> set[Hashable]:
    """The unknown figures that the equations give, each alone or all together.

    Args:
        unknown: the figures that are not published.
        equations: for each, its figures and their coefficients; those that are published count as
            a known right-hand side.
    """
    reduced: dict[Hashable, dict[Hashable, Fraction]] = {}
    for equation in equations:
        row = {key: Fraction(times) for key, times in equation.items() if key in unknown and times}
        for pivot in [key for key in row if key in reduced]:
            row = _less(row, reduced[pivot], row.get(pivot, Fraction(0)))
        if not row:
            continue
        pivot = next(iter(row))
        row = {key: times / row[pivot] for key, times in row.items()}
        reduced = {
            other: _less(line, row, line[pivot]) if pivot in line else line
            for other, line in reduced.items()
        }
        reduced[pivot] = row
    return {pivot for pivot, row in reduced.items() if len(row) == 1}


def _less(
    row: Mapping[Hashable, Fraction], other: Mapping[Hashable, Fraction], times: Fraction
) -> dict[Hashable, Fraction]:
    left = dict(row)
    for key, value in other.items():
        left[key] = left.get(key, Fraction(0)) - times * value
    return {key: value for key, value in left.items() if value}


def readings(
    made: Mapping[Hashable, Collection[Hashable]],
    published: Mapping[Hashable, float],
    *,
    told: Collection[Hashable] | None,
    most: int,
) -> dict[Hashable, set[int]]:
    """What each hidden count may be, in the tables of counts that are consistent with the rest.

    A reader knows the rule: a hidden count is not zero, and some count is hidden because it is from
    one to four.

    Args:
        made: the elementary figures that each count is the sum of.
        published: the counts that are published.
        told: the hidden counts known to be from one to four, to a reader who is told which; without
            them, one at least of the hidden counts is.
        most: the highest elementary figure that is tried.
    """
    names = sorted({part for parts in made.values() for part in parts}, key=str)
    trials = np.indices((most + 1,) * len(names), dtype=np.int16).reshape(len(names), -1)
    sums = {
        key: trials[[names.index(part) for part in parts]].sum(axis=0)
        for key, parts in made.items()
    }
    held = np.full(trials.shape[1], fill_value=True)
    some_small = np.zeros_like(held)
    for key, values in sums.items():
        small = (values > 0) & (values < 5)
        if key in published:
            held &= values == published[key]
        else:
            held &= small if told is not None and key in told else values > 0
            some_small |= small
    if told is None:
        held &= some_small
    return {key: set(sums[key][held].tolist()) for key in sums if key not in published}
