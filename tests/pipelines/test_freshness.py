"""A published file is fresh for the next committee, or the check says why not and what to do."""

from datetime import date

import polars as pl
import pytest

from pipelines.freshness import verdict
from pipelines.schedules import Committee, next_committee
from pipelines.sources import Publication

MAY = Committee(("Comité technique commun",), date(2027, 5, 1), date(2027, 4, 1))
READ = pl.DataFrame({"jeu": ["recensement"], "millesime": [2019]})


def publication(vintage: int, out: date | None = None) -> Publication:
    return Publication(
        jeu="recensement",
        producteur="Insee",
        titre=f"Recensement de {vintage}",
        millesime=vintage,
        edition="RP 2019",
        page=None,
        licence="Licence Ouverte",
        adresse=None,
        parution=out,
    )


@pytest.mark.parametrize(
    ("today", "month", "due"),
    [
        # The months of the convention are February, May, June and November.
        (date(2026, 11, 24), date(2026, 11, 1), date(2026, 10, 1)),
        (date(2026, 12, 1), date(2027, 2, 1), date(2027, 1, 4)),
        (date(2027, 2, 28), date(2027, 2, 1), date(2027, 1, 4)),
        (date(2027, 3, 1), date(2027, 5, 1), date(2027, 4, 1)),
        (date(2027, 6, 30), date(2027, 6, 1), date(2027, 5, 3)),
    ],
)
def test_the_next_committee_is_that_of_this_month_or_of_the_first_that_has_one(
    today: date, month: date, due: date
) -> None:
    committee = next_committee(today)
    assert committee is not None
    assert (committee.month, committee.due) == (month, due)


def test_every_body_that_meets_in_the_month_is_named() -> None:
    assert str(next_committee(date(2026, 12, 1))) == (
        "Prochain comité, février 2027 : Comité technique interne d'Hellemmes, "
        "Comité de pilotage d'Hellemmes, volet petite enfance parentalité"
    )


def test_a_convention_without_a_calendar_has_no_next_committee(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OBSERVATOIRE_CONVENTION", "mel")
    assert next_committee(date(2026, 11, 24)) is None


@pytest.mark.parametrize(
    ("published_on", "today", "fresh"),
    [
        (date(2027, 3, 31), date(2027, 3, 31), True),  # the preparation has not begun
        (date(2026, 1, 1), date(2027, 3, 31), True),
        (date(2027, 3, 31), date(2027, 4, 1), False),
        (date(2027, 4, 1), date(2027, 4, 1), True),
        (date(2027, 4, 1), date(2027, 5, 31), True),
    ],
)
def test_a_file_is_late_from_the_day_that_the_preparation_begins(
    published_on: date, today: date, fresh: bool
) -> None:
    found = verdict(published_on, READ, [publication(2019)], MAY, today)
    assert found.fresh is fresh
    assert f"{published_on:%d/%m/%Y}" in found.sentence
    assert "01/04/2027" in found.sentence
    assert ("Remède : lancer le job refresh." in found.sentence) is not fresh


def test_without_a_committee_only_the_vintages_age() -> None:
    assert verdict(date(2020, 1, 1), READ, [publication(2019)], None, date(2027, 1, 1)).fresh
    aged = verdict(date(2027, 1, 1), READ, [publication(2020)], None, date(2027, 1, 1))
    assert not aged.fresh


def test_a_newer_vintage_of_the_catalogue_is_to_be_fetched() -> None:
    catalogue = [publication(2019), publication(2020)]
    found = verdict(date(2027, 4, 1), READ, catalogue, MAY, date(2027, 4, 1))
    assert not found.fresh
    assert found.aged.row(0) == ("Recensement de 2020", 2019, 2020, 2020)
    assert "telecharger" in found.sentence


@pytest.mark.parametrize(
    ("out", "expected"),
    [
        (date(2025, 4, 2), 2020),  # the eve of its second anniversary, on the first of April 2027
        (date(2025, 4, 1), 2021),
        (date(2027, 4, 2), None),
    ],
)
def test_a_vintage_a_year_is_expected_by_the_day_of_preparation(
    out: date, expected: int | None
) -> None:
    """Asked a month ahead, the check looks at what will be out when the figures are prepared."""
    found = verdict(date(2027, 3, 1), READ, [publication(2019, out)], MAY, today=date(2027, 3, 1))
    assert found.aged["millesime_attendu"].to_list() == ([expected] if expected else [])


def test_a_data_set_that_the_catalogue_does_not_know_does_not_age() -> None:
    read = pl.DataFrame({"jeu": ["convention_registre"], "millesime": [2021]})
    assert verdict(date(2027, 4, 1), read, [publication(2030)], MAY, date(2027, 4, 1)).fresh
