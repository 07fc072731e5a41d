"""What was published stays at hand: the last ones, and the last of each month."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import archive
from pipelines.archive import LAST_ONES, Kept

MOMENT = datetime(2024, 11, 18, 6, 30, 5, tzinfo=UTC)


@pytest.fixture
def published(tmp_path: Path) -> Path:
    return publish(tmp_path / "observatoire.duckdb", MOMENT)


def publish(file: Path, made: datetime) -> Path:
    """A file that says when it was published."""
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema referentiel")
        connection.execute(
            "create table referentiel.publication as select ?::timestamp as publie_le",
            [made.replace(tzinfo=None)],
        )
    return file


def test_a_kept_publication_is_the_published_file_to_the_byte(published: Path) -> None:
    copy = archive.keep(published)
    assert copy.read_bytes() == published.read_bytes()
    assert archive.kept(published) == [Kept(MOMENT, copy)]


def test_what_is_written_into_the_published_file_later_does_not_reach_the_kept_one(
    published: Path,
) -> None:
    before = archive.keep(published).read_bytes()
    with duckdb.connect(str(published)) as connection:
        connection.execute("create table of_an_analyst as select 1 as one")
    ((_, copy),) = [(one.made, one.file) for one in archive.kept(published)]
    assert copy.read_bytes() == before


def test_a_meeting_saw_the_last_publication_before_its_end(published: Path) -> None:
    for days in (0, 3, 10):
        archive.keep(publish(published, MOMENT + timedelta(days=days)))
    seen = archive.shown_at(date(2024, 11, 21), published)
    assert seen is not None
    assert seen.made == MOMENT + timedelta(days=3)
    assert archive.shown_at(date(2024, 11, 17), published) is None


def test_publications_of_years_leave_the_last_ones_and_one_a_month(published: Path) -> None:
    days = range(0, 400, 8)
    for day in days:
        archive.keep(publish(published, MOMENT + timedelta(days=day)))
    found = [one.made for one in archive.kept(published)]
    assert found[-LAST_ONES:] == [MOMENT + timedelta(days=day) for day in days[-LAST_ONES:]]
    months = {(made.year, made.month) for made in (MOMENT + timedelta(days=d) for d in days)}
    assert {(made.year, made.month) for made in found} == months
    assert len(found) <= LAST_ONES + len(months)


@given(st.sets(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), min_size=1))
def test_the_last_publication_never_goes(moments: set[datetime]) -> None:
    found = sorted(Kept(made, Path()) for made in moments)
    assert found[-1] not in archive._outdated(found)
