"""Text, numbers and dates as the French print them: decimal comma, narrow spaces, true minus."""

import re
from datetime import date

from babel.dates import format_date
from babel.numbers import format_decimal

LOCALE = "fr_FR"
NOTHING = "–"


def number(value: float | None, decimals: int = 0) -> str:
    """A number, rounded; a dash where there is none."""
    if value is None:
        return NOTHING
    # Rounded first: « −0 » is not a number that a reader knows.
    rounded = round(float(value), decimals) + 0.0
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return str(format_decimal(rounded, format=pattern, locale=LOCALE)).replace("-", "−")


def interval(low: float | None, high: float | None, decimals: int = 0) -> str:
    """« 12 à 15 », or nothing when the value has no interval."""
    if low is None and high is None:
        return ""
    if low is None:
        return f"au plus {number(high, decimals)}"
    if high is None:
        return f"au moins {number(low, decimals)}"
    return f"{number(low, decimals)} à {number(high, decimals)}"


def day(value: date | None) -> str:
    """« 31 décembre 2024 »."""
    return NOTHING if value is None else str(format_date(value, "d MMMM y", locale=LOCALE))


def month(value: int) -> str:
    """« novembre », of a number from 1 to 12."""
    return str(format_date(date(2000, value, 1), "MMMM", locale=LOCALE))


def listed(words: list[str]) -> str:
    """« Lille, Hellemmes et Lomme »."""
    return " et ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


# A space that a line does not break at: wide before a colon and within quotes, narrow elsewhere.
_SPACES = (
    (re.compile(r" (?=:)|(?<=«) | (?=»)"), "\u00a0"),
    (re.compile(r" (?=[;?!%€])|(?<=\d) (?=000\b)"), "\u202f"),
    (re.compile(r"(?<=\w)'(?=\w)"), "’"),
)


def typeset(text: str) -> str:
    """A text with the spaces and the apostrophes of French typography."""
    for pattern, sign in _SPACES:
        text = pattern.sub(sign, text)
    return text
