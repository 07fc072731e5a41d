"""A publication is dated in universal time; committees meet in Paris."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from pipelines import archive, freshness, unchanged
from pipelines.clock import day_in_paris
from pipelines.diagnostic import pdf
from pipelines.diagnostic.blocks import Dossier
from pipelines.diagnostic.published import Published
from pipelines.settings import published_file

# As DuckDB gives it: half past midnight in Paris, on the day that the preparation of May begins.
MADE = datetime(2027, 3, 31, 22, 30)
DUE = date(2027, 4, 1)


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Published]:
    monkeypatch.setenv("OBSERVATOIRE_ENTREPOT", str(tmp_path))
    with duckdb.connect(str(published_file())) as connection:
        connection.execute("create schema referentiel")
        connection.execute(
            "create table referentiel.publication as select ?::timestamp as publie_le, "
            "'lille-2021' as convention, 'code' as empreinte_code, ['p 1'] as paquets",
            [MADE],
        )
        connection.execute("create table referentiel.sources (jeu varchar, millesime bigint)")
    with duckdb.connect(str(published_file()), read_only=True) as connection:
        yield Published(published_file(), connection, MADE, "abc")


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (MADE, DUE),
        (datetime(2027, 1, 31, 22, 30, tzinfo=UTC), date(2027, 1, 31)),
        (datetime(2027, 1, 31, 23, 30, tzinfo=UTC), date(2027, 2, 1)),
    ],
)
def test_the_day_is_that_of_paris_in_summer_and_in_winter(moment: datetime, day: date) -> None:
    assert day_in_paris(moment) == day


def test_what_is_published_at_night_on_the_day_of_the_preparation_is_fresh(
    published: Published,
) -> None:
    assert (
        "Le fichier publié est du 01/04/2027, depuis" in freshness.now_on(published, DUE).sentence
    )


def test_what_is_published_at_night_on_the_day_of_the_preparation_is_not_made_again(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.recipe.fingerprint_of_code", lambda: "code")
    monkeypatch.setattr("pipelines.recipe.packages", lambda: ["p 1"])
    monkeypatch.setattr("pipelines.unchanged.entering", lambda _: {})
    assert unchanged.since(DUE, None) == published.published_at


def test_a_meeting_did_not_see_what_was_published_in_the_night_after_it(
    published: Published,
) -> None:
    archive.keep(published.file)
    assert archive.shown_at(date(2027, 3, 31), published.file) is None
    assert archive.shown_at(DUE, published.file) is not None


@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris", "America/Cayenne"])
def test_a_paper_bears_the_moment_of_its_publication_wherever_it_is_made(
    zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("typst.compile", lambda *_, timestamp, **__: str(timestamp).encode())
    with monkeypatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        made = pdf.render(Dossier("Titre", "Sous-titre", "Édition", ()), {}, MADE)
    time.tzset()
    assert int(made) == datetime(2027, 3, 31, 22, 30, tzinfo=UTC).timestamp()
