"""What is hidden besides the secret cells: enough that no attacker works one out, and no more."""

import math
from collections import defaultdict
from collections.abc import Collection, Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.disclosure import Cell, Key, Sum, complements
from tests.attacker import worked_out

COMMUNES = {"T": ("A", "B", "C"), "A": ("a1", "a2", "a3"), "B": ("b1", "b2"), "C": ()}
PLACES = ("T", "A", "B", "C", "a1", "a2", "a3", "b1", "b2")
LEAVES = ("a1", "a2", "a3", "b1", "b2", "C")
AGES = {"all": ("0-2", "3-5"), "0-2": (), "3-5": ()}


def recovered(cells: Sequence[Cell], hidden: Collection[Key], sums: Sequence[Sum]) -> set[Key]:
    """The secret cells that the attacker works out from all that is published."""
    published = {cell.key for cell in cells if not cell.secret} - set(hidden)
    keys = {key for each in sums for key in each.keys}
    equations = [{each.total: -1} | dict.fromkeys(each.parts, 1) for each in sums]
    return worked_out(keys - published, equations) & {cell.key for cell in cells if cell.secret}


def table(
    leaves: Sequence[tuple[int, int]], secret: Collection[Key], absent: Collection[Key] = ()
) -> tuple[list[Cell], list[Sum]]:
    """A table of places by ages from the figures of its leaves, two ages for each."""
    figures: dict[Key, int] = {}
    for place, (first, second) in zip(LEAVES, leaves, strict=True):
        figures |= {(place, "0-2"): first, (place, "3-5"): second, (place, "all"): first + second}
    for place in ("A", "B", "T"):
        for age in AGES:
            figures[place, age] = sum(figures[part, age] for part in COMMUNES[place])
    sums = [
        Sum((place, age), tuple((part, age) for part in parts))
        for place, parts in COMMUNES.items()
        for age in AGES
        if parts
    ]
    sums += [Sum((place, "all"), ((place, "0-2"), (place, "3-5"))) for place in PLACES]
    cells = [Cell(k, v, k in secret) for k, v in figures.items() if k not in absent]
    return cells, sums


KEYS = [(place, age) for place in PLACES for age in AGES]
FIGURES = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=len(LEAVES), max_size=len(LEAVES)
)


@given(FIGURES, st.sets(st.sampled_from(KEYS)), st.sets(st.sampled_from(KEYS), max_size=8))
@settings(max_examples=80, deadline=None)
def test_an_attacker_never_works_out_a_secret_cell(
    leaves: list[tuple[int, int]], secret: set[Key], absent: set[Key]
) -> None:
    cells, sums = table(leaves, secret, absent)
    assert recovered(cells, complements(cells, sums), sums) == set()


@given(FIGURES)
@settings(max_examples=20, deadline=None)
def test_nothing_is_hidden_where_nothing_is_secret(leaves: list[tuple[int, int]]) -> None:
    assert complements(*table(leaves, secret=())) == set()


def test_the_first_of_the_others_goes_with_a_secret_part_whatever_they_are() -> None:
    for first, second in ((20, 12), (12, 20)):
        cells = [
            Cell("T", 40, secret=False),
            Cell("a", None, secret=True),
            Cell("b", first, secret=False),
            Cell("c", second, secret=False),
        ]
        assert complements(cells, [Sum("T", ("a", "b", "c"))]) == {"b"}


@pytest.mark.parametrize(
    "sums",
    [
        (Sum("T", ("a", "b", "c")),),
        (Sum("M", ("a", "b")), Sum("T", ("M", "c"))),
    ],
)
def test_a_reader_who_knows_the_rule_finds_no_secret_of_a_territory(sums: Sequence[Sum]) -> None:
    # He publishes every table of counts that he can think of, and keeps those that come out alike.
    alike: dict[tuple[object, ...], list[dict[Key, int]]] = defaultdict(list)
    most = 12
    for figures in product(range(most + 1), repeat=3):
        counts: dict[Key, int] = dict(zip("abc", figures, strict=True))
        for each in sums:
            counts[each.total] = sum(counts[part] for part in each.parts)
        cells = [
            Cell(key, count, 0 < count < 5, low=1, high=4 if 0 < count < 5 else math.inf)
            for key, count in counts.items()
        ]
        out = complements(cells, sums)
        seen = tuple(None if c.secret or c.key in out else c.value for c in cells)
        alike[seen].append(counts)
    found = [
        (seen, key)
        for seen, tables in alike.items()
        # A table at the edge has fellows that were not tried.
        if max(max(counts[part] for part in "abc") for counts in tables) < most
        for key, value in zip(tables[0], seen, strict=True)
        if value is None and len({counts[key] for counts in tables}) == 1
    ]
    assert found == []


def test_a_zero_hides_nothing_and_stays() -> None:
    # With c = 0 hidden, a would be all of what T leaves: the attacker's best guess is the truth.
    cells = [
        Cell("T", 40, secret=False),
        Cell("a", None, secret=True),
        Cell("b", 30, secret=False),
        Cell("c", 0, secret=False),
    ]
    assert complements(cells, [Sum("T", ("a", "b", "c"))]) == {"b"}


def test_two_secrets_of_one_sum_protect_each_other() -> None:
    cells = [
        Cell("T", 40, secret=False),
        Cell("a", 3, secret=True, low=1, high=4),
        Cell("b", 2, secret=True, low=1, high=4),
        Cell("c", 35, secret=False),
    ]
    assert complements(cells, [Sum("T", ("a", "b", "c"))]) == set()


def test_two_secrets_that_only_their_highest_values_fit_need_a_third() -> None:
    # 43 − 35 = 8 is 4 + 4 and nothing else: no equation says so, the bounds do.
    cells = [
        Cell("T", 43, secret=False),
        Cell("a", 4, secret=True, low=1, high=4),
        Cell("b", 4, secret=True, low=1, high=4),
        Cell("c", 35, secret=False),
    ]
    sums = [Sum("T", ("a", "b", "c"))]
    assert complements(cells, sums) == {"c"}


def test_a_total_goes_only_when_nothing_else_can() -> None:
    cells = [Cell("T", 40, secret=False), Cell("a", None, secret=True), Cell("b", 30, secret=False)]
    sums = [Sum("T", ("a", "b"))]
    assert complements(cells, sums) == {"b"}
    assert complements(cells[:2], [Sum("T", ("a",))]) == {"T"}


def test_a_cross_of_two_sums_hides_a_rectangle() -> None:
    # A secret corner of a table with margins: one cell of its row, one of its column, and the one
    # where these two cross. Hiding only the first two would leave each to its other margin.
    figures = {("r", "x"): 2, ("r", "y"): 30, ("s", "x"): 25, ("s", "y"): 40}
    margins = {("r", "+"): 32, ("s", "+"): 65, ("+", "x"): 27, ("+", "y"): 70, ("+", "+"): 97}
    cells = [Cell(k, v, k == ("r", "x")) for k, v in (figures | margins).items()]
    sums = [Sum((row, "+"), ((row, "x"), (row, "y"))) for row in "rs+"]
    sums += [Sum(("+", column), (("r", column), ("s", column))) for column in "xy+"]
    assert complements(cells, sums) == {("r", "y"), ("s", "x"), ("s", "y")}
