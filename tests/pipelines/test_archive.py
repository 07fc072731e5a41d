"""What was published stays at hand, with what it was made from: the last, and one a month."""

import errno
import hashlib
import os
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

from pipelines import archive, refresh
from pipelines.archive import LAST_ONES, Kept
from pipelines.errors import SourceError
from pipelines.settings import lock_file, work_dir

MOMENT = datetime(2024, 11, 18, 6, 30, 5, tzinfo=UTC)


@pytest.fixture
def published(tmp_path: Path) -> Path:
    return publish(tmp_path / "observatoire.duckdb", MOMENT)


def publish(file: Path, made: datetime, *entries: tuple[str, str]) -> Path:
    """A file that says when it was published, and from which files."""
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema referentiel")
        connection.execute(
            "create table referentiel.publication as select ?::timestamp as publie_le",
            [made.replace(tzinfo=None)],
        )
        connection.execute("create table referentiel.entrees (fichier varchar, sha256 varchar)")
        for entry in entries:
            connection.execute("insert into referentiel.entrees values (?, ?)", entry)
    return file


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "f.csv"
    file.write_text("a;b\n", "utf-8")
    return file


def keep(published: Path) -> None:
    """What a refresh does once it has published."""
    archive.keep(published)
    archive.let_go(published)


def stored(published: Path) -> dict[str, bytes]:
    """What is kept of the files that publications were made from, by its name."""
    return {file.name: file.read_bytes() for file in archive.stored(published, "").glob("*")}


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
        keep(publish(published, MOMENT + timedelta(days=day)))
    found = [one.made for one in archive.kept(published)]
    assert found[-LAST_ONES:] == [MOMENT + timedelta(days=day) for day in days[-LAST_ONES:]]
    months = {(made.year, made.month) for made in (MOMENT + timedelta(days=d) for d in days)}
    assert {(made.year, made.month) for made in found} == months
    assert len(found) <= LAST_ONES + len(months)


def test_what_the_clock_says_is_later_is_neither_counted_nor_let_go_of(published: Path) -> None:
    later = [MOMENT + timedelta(days=day) for day in range(1, LAST_ONES + 3)]
    for made in later:
        archive.keep(publish(published, made))
    before = archive.kept(published)
    keep(publish(published, MOMENT))
    assert archive.kept(published) == [
        Kept(MOMENT, archive.folder(published) / "2024-11-18T063005.duckdb"),
        *before,
    ]


def test_a_publication_that_a_killed_refresh_did_not_keep_is_kept_before_it_is_replaced(
    published: Path,
) -> None:
    archive.keep_if_forgotten(published)
    (one,) = archive.kept(published)
    assert one.file.read_bytes() == published.read_bytes()
    moment = one.file.stat().st_mtime_ns
    archive.keep_if_forgotten(published)
    assert one.file.stat().st_mtime_ns == moment


def test_a_refresh_with_nothing_to_do_leaves_to_the_one_that_writes_what_it_is_about_to_keep(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OBSERVATOIRE_ENTREPOT", str(published.parent))
    monkeypatch.setattr("pipelines.unchanged.since", lambda *_: MOMENT)
    work_dir()
    with FileLock(lock_file()):
        assert refresh._unchanged(with_exports=False) == MOMENT
        assert archive.kept(published) == []
    assert refresh._unchanged(with_exports=False) == MOMENT
    assert [one.made for one in archive.kept(published)] == [MOMENT]


def test_a_published_file_that_cannot_be_read_stops_no_refresh(tmp_path: Path) -> None:
    archive.keep_if_forgotten(tmp_path / "absent.duckdb")
    broken = tmp_path / "observatoire.duckdb"
    broken.write_bytes(b"rien de lisible" * 1000)
    archive.keep_if_forgotten(broken)
    assert archive.kept(broken) == []


@given(st.sets(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), min_size=1))
def test_the_last_publication_never_goes(moments: set[datetime]) -> None:
    found = sorted(Kept(made, Path()) for made in moments)
    assert found[-1] not in archive._outdated(found)


def test_one_that_is_put_back_is_what_a_later_meeting_saw(published: Path) -> None:
    first = archive.keep(published)
    archive.keep(publish(published, MOMENT + timedelta(days=10)))
    shutil.copy(first, published)
    again = archive.keep(published, MOMENT + timedelta(days=20))
    seen = archive.shown_at(date(2025, 1, 1), published)
    assert seen == Kept(MOMENT + timedelta(days=20), again)
    assert archive.made(again) == MOMENT.replace(tzinfo=None)


def test_a_file_is_kept_once_under_its_fingerprint(published: Path, source: Path) -> None:
    mark = hashlib.sha256(b"a;b\n").hexdigest()
    files = {"sources/f.csv": source, "cache/f.csv": source}
    found = archive.store(files, published)
    assert found.rows() == [("sources/f.csv", 4, mark), ("cache/f.csv", 4, mark)]
    assert stored(published) == {mark: b"a;b\n"}
    source.write_text("a;c\n", "utf-8")
    archive.store(files, published)
    assert sorted(stored(published).values()) == [b"a;b\n", b"a;c\n"]


def test_the_files_of_a_publication_go_with_it_and_those_of_another_stay(
    published: Path, source: Path
) -> None:
    marks = []
    for day in range(LAST_ONES + 2):
        source.write_text(f"{min(day, 1)}", "utf-8")
        ((name, _, mark),) = archive.store({"sources/f.csv": source}, published).rows()
        marks.append(mark)
        keep(publish(published, MOMENT.replace(day=1 + day), (name, mark)))
    assert marks[0] != marks[1]
    assert len(archive.kept(published)) == LAST_ONES
    assert set(stored(published)) == {marks[1]}


def test_what_a_refused_refresh_stored_goes_once_another_has_published(
    published: Path, source: Path
) -> None:
    marks = {}
    for day, text in enumerate(["first", "refused", "second"], start=1):
        source.write_text(text, "utf-8")
        ((name, _, marks[text]),) = archive.store({"sources/f.csv": source}, published).rows()
        if text != "refused":
            archive.keep(publish(published, MOMENT.replace(day=day), (name, marks[text])))
    assert set(stored(published)) == {*marks.values()}
    archive.let_go(published)
    assert set(stored(published)) == {marks["first"], marks["second"]}


def test_to_keep_a_publication_takes_nothing_from_a_refresh_that_has_not_published_yet(
    published: Path, source: Path
) -> None:
    archive.store({"sources/f.csv": source}, published)
    archive.keep_if_forgotten(published)
    archive.keep(published, MOMENT + timedelta(days=1))
    assert sorted(stored(published).values()) == [b"a;b\n"]


def test_no_file_goes_while_a_publication_does_not_say_what_it_was_made_from(
    published: Path, source: Path
) -> None:
    ((name, _, mark),) = archive.store({"sources/f.csv": source}, published).rows()
    silent = archive.keep(publish(published, MOMENT, (name, mark)))
    silent.write_bytes(b"held by another program")
    archive.keep(publish(published, MOMENT + timedelta(days=1), (name, "of another file")))
    os.utime(archive.stored(published, mark))
    archive.let_go(published)
    assert set(stored(published)) == {mark}


def test_a_file_that_changes_while_it_is_read_is_told_and_not_kept(
    published: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "copyfile", lambda _, copy: copy.write_text("autre", "utf-8"))
    with pytest.raises(SourceError, match=r"sources/f\.csv, .*change pendant.*Remède : relancer"):
        archive.store({"sources/f.csv": source}, published)
    assert stored(published) == {}


def test_a_full_disk_is_told_with_the_file_and_leaves_nothing(
    published: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Path, copy: Path) -> None:
        copy.write_text("a", "utf-8")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(
        SourceError, match=r"sources/f\.csv, copie dans .*Remède : faire de la plac"
    ):
        archive.store({"sources/f.csv": source}, published)
    assert stored(published) == {}
