"""What is hidden besides the secret cells: enough that no attacker works one out, and no more."""

from collections.abc import Collection, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.disclosure import Cell, Key, Sum, complements, exposed
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


@given(FIGURES, st.sets(st.sampled_from(KEYS)), st.sets(st.sampled_from(KEYS)))
@settings(max_examples=80, deadline=None)
def test_what_the_attacker_works_out_is_said_to_be_exposed(
    leaves: list[tuple[int, int]], secret: set[Key], hidden: set[Key]
) -> None:
    cells, sums = table(leaves, secret)
    assert recovered(cells, hidden, sums) <= exposed(cells, hidden, sums)


@given(FIGURES)
@settings(max_examples=20, deadline=None)
def test_nothing_is_hidden_where_nothing_is_secret(leaves: list[tuple[int, int]]) -> None:
    assert complements(*table(leaves, secret=())) == set()


def test_the_smallest_of_the_others_goes_with_a_secret_part() -> None:
    cells = [
        Cell("T", 60, secret=False),
        Cell("a", None, secret=True),
        Cell("b", 20, secret=False),
        Cell("c", 12, secret=False),
        Cell("d", 25, secret=False),
    ]
    assert complements(cells, [Sum("T", ("a", "b", "c", "d"))]) == {"c"}


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
    assert exposed(cells, (), sums) == {"a", "b"}
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
