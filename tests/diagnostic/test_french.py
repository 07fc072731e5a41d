"""Numbers and dates are those that the French read."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.diagnostic.french import NOTHING, day, interval, listed, month, number, typeset

FIGURES = st.floats(-1e9, 1e9, allow_nan=False)


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (1234.5, 1, "1\u202f234,5"),
        (-12.04, 1, "−12,0"),
        (-0.04, 1, "0,0"),
        (2372, 0, "2\u202f372"),
        (0.5, 0, "0"),
        (None, 2, NOTHING),
    ],
)
def test_a_number_has_a_comma_thin_spaces_and_a_true_minus(
    value: float | None, decimals: int, written: str
) -> None:
    assert number(value, decimals) == written


@given(FIGURES, st.integers(0, 4))
def test_what_is_written_reads_back_as_the_rounded_number(value: float, decimals: int) -> None:
    text = number(value, decimals).replace("\u202f", "").replace("−", "-").replace(",", ".")
    assert abs(float(text) - value) <= 0.5 * 10**-decimals * (1 + 1e-9)
    assert len(text.partition(".")[2]) == decimals


@pytest.mark.parametrize(
    ("low", "high", "written"),
    [(1.0, 2.0, "1,0 à 2,0"), (None, 2.0, "au plus 2,0"), (1.0, None, "au moins 1,0")],
)
def test_an_interval_says_the_bound_that_it_has(
    low: float | None, high: float | None, written: str
) -> None:
    assert interval(low, high, 1) == written


def test_no_interval_is_nothing() -> None:
    assert not interval(None, None)


def test_dates_and_months_are_in_words() -> None:
    assert day(date(2024, 12, 31)) == "31 décembre 2024"
    assert day(None) == NOTHING
    assert month(11) == "novembre"


@pytest.mark.parametrize(
    ("words", "written"),
    [([], ""), (["Lille"], "Lille"), (["Lille", "Lomme"], "Lille et Lomme")],
)
def test_names_are_listed_with_et(words: list[str], written: str) -> None:
    assert listed(words) == written


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("la ligne « nord » : l'écrire", "la ligne «\u00a0nord\u00a0»\u00a0: l’écrire"),
        ("10,3 % ; 5 € !", "10,3\u202f%\u202f; 5\u202f€\u202f!"),
        ("realisations.csv, 12:30", "realisations.csv, 12:30"),
    ],
)
def test_a_line_never_breaks_before_a_mark_nor_within_quotes(typed: str, printed: str) -> None:
    assert typeset(typed) == printed
