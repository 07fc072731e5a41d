"""The attacker of the tests of disclosure: exact elimination, written apart from the pipeline.

Whether an unknown figure can be worked out depends on which figures are published, not on what they
are: an equation is told by its unknown terms alone.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping
from fractions import Fraction

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
