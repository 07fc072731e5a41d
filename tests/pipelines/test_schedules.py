"""A refresh is asked for a month before each committee, and when a file changes."""

import csv
import os
import shutil
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import refresh, schedules
from pipelines.ingest.arrivals import arrivals
from pipelines.ingest.assets import dataset_asset
from pipelines.ingest.datasets import DATASETS
from pipelines.schedules import (
    CALENDAR,
    committees,
    dropped_files,
    first_working_day,
    month_before,
    next_committee,
)
from pipelines.warehouse import Warehouse

SOURCES = Path(__file__).parents[2] / "sources"
PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [
        (2024, 10, 1),  # a Tuesday
        (2024, 4, 2),  # Easter Monday is the 1st
        (2018, 4, 3),  # Easter Sunday, then Easter Monday
        (2024, 5, 2),  # 1 May, a Wednesday
        (2026, 5, 4),  # 1 May, a Friday, then a week-end
        (2022, 5, 2),  # 1 May, a Sunday
        (2027, 11, 2),  # All Saints, a Monday
        (2024, 11, 4),  # All Saints, a Friday, then a week-end
        (2025, 2, 3),  # a Saturday
        (2025, 6, 2),  # a Sunday
        (2027, 1, 4),  # New Year, a Friday, then a week-end
        (2020, 6, 2),  # Whit Monday is the 1st
    ],
)
def test_the_first_working_day_is_the_one_of_the_calendar(year: int, month: int, day: int) -> None:
    assert first_working_day(year, month) == date(year, month, day)


def easter(year: int) -> date:
    """The anonymous Gregorian computus: an origin other than the library that is tested."""
    a, (b, c) = year % 19, divmod(year, 100)
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    month, day = divmod(h + k - 7 * ((a + 11 * h + 22 * k) // 451) + 114, 31)
    return date(year, month, day + 1)


def closed(day: date) -> bool:
    fixed = {(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}
    moving = {easter(day.year) + timedelta(days=offset) for offset in (1, 39, 50)}
    return day.weekday() >= 5 or (day.month, day.day) in fixed or day in moving


@given(st.integers(2000, 2100), st.integers(1, 12))
def test_no_earlier_day_of_the_month_is_worked(year: int, month: int) -> None:
    due = first_working_day(year, month)
    assert (due.year, due.month) == (year, month)
    assert not closed(due)
    assert all(closed(date(year, month, day)) for day in range(1, due.day))


@given(st.integers(2000, 2100), st.integers(1, 12))
def test_the_first_working_day_is_among_those_that_the_schedules_look_at(
    year: int, month: int
) -> None:
    # Their cron reads « 1-7 ».
    assert first_working_day(year, month).day <= 7


@pytest.mark.parametrize(("month", "before"), [(1, 12), (2, 1), (6, 5), (11, 10), (12, 11)])
def test_the_month_before_january_is_december(month: int, before: int) -> None:
    assert month_before(month) == before


def test_the_committees_are_those_of_the_convention() -> None:
    months = {body: months for body, (_, months) in committees().items()}
    assert months["cotech"] == (5, 11)
    assert months["copil"] == (6,)
    # Bodies of one commune whose month is printed; « printemps » and « automne » are not months.
    assert months["lomme_copil"] == (6,)
    assert months["hellemmes_cotech"] == (2,)
    assert set(months) == {
        "cotech",
        "copil",
        "lomme_copil",
        "hellemmes_cotech",
        "hellemmes_copil_petite_enfance",
        "hellemmes_copil_education_jeunesse",
        "hellemmes_copil",
    }
    assert committees()["cotech"][0] == "Comité technique commun"


def made() -> dict[str, dg.ScheduleDefinition]:
    return {schedule.name: schedule for schedule in schedules.schedules()}


def test_every_committee_has_its_schedule() -> None:
    assert set(made()) == {f"preparation_{body}" for body in committees()}


@pytest.mark.parametrize("name", sorted(made()))
def test_a_schedule_is_off_by_default_and_keeps_the_time_of_paris(name: str) -> None:
    schedule = made()[name]
    assert schedule.default_status == dg.DefaultScheduleStatus.STOPPED
    assert schedule.execution_timezone == "Europe/Paris"
    assert schedule.job_name == "refresh"
    assert "Arrêtée par défaut" in (schedule.description or "")


@pytest.mark.parametrize(
    ("name", "cron"),
    [
        ("preparation_cotech", "0 6 1-7 4,10 *"),
        ("preparation_copil", "0 6 1-7 5 *"),
        ("preparation_hellemmes_cotech", "0 6 1-7 1 *"),
    ],
)
def test_a_schedule_looks_at_the_first_week_of_the_month_before(name: str, cron: str) -> None:
    assert made()[name].cron_schedule == cron


def evaluated(name: str, day: date) -> dg.RunRequest | dg.SkipReason:
    at_six = datetime(day.year, day.month, day.day, 6, tzinfo=PARIS)
    answer = made()[name](dg.build_schedule_context(scheduled_execution_time=at_six))
    assert isinstance(answer, (dg.RunRequest, dg.SkipReason))
    return answer


@pytest.mark.parametrize(
    ("name", "due"),
    [
        ("preparation_cotech", date(2024, 4, 2)),
        ("preparation_cotech", date(2024, 10, 1)),
        ("preparation_copil", date(2026, 5, 4)),
        ("preparation_hellemmes_cotech", date(2027, 1, 4)),
    ],
)
def test_on_the_due_day_one_run_is_requested(name: str, due: date) -> None:
    answer = evaluated(name, due)
    assert isinstance(answer, dg.RunRequest)
    assert answer.run_key == f"{name.removeprefix('preparation_')}-{due.isoformat()}"
    assert answer.tags["observatoire/prepare"].startswith("Comité")


@pytest.mark.parametrize("day", [date(2024, 4, 1), date(2024, 4, 3), date(2024, 4, 7)])
def test_on_another_day_the_schedule_says_when_it_is_due(day: date) -> None:
    answer = evaluated("preparation_cotech", day)
    assert isinstance(answer, dg.SkipReason)
    assert answer.skip_message == "Le premier jour ouvré du mois est le 02/04/2024."


def test_a_year_of_days_requests_one_run_a_meeting() -> None:
    days = [date(2025, 1, 1) + timedelta(days=rank) for rank in range(365)]
    looked_at = [day for day in days if day.month in (4, 10) and day.day <= 7]
    runs = [
        day for day in looked_at if isinstance(evaluated("preparation_cotech", day), dg.RunRequest)
    ]
    assert runs == [date(2025, 4, 1), date(2025, 10, 1)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of sources/, settled since an hour."""
    root = tmp_path / "sources"
    shutil.copytree(SOURCES, root)
    for path in root.rglob("*"):
        settle(path)
    monkeypatch.setenv("OBSERVATOIRE_SOURCES", str(root))
    return root


def settle(path: Path) -> None:
    hour_ago = time.time() - 3600
    os.utime(path, (hour_ago, hour_ago))


@pytest.mark.parametrize("separator", [",", "\t"])
def test_a_calendar_that_the_contract_takes_has_its_committees(
    folder: Path, separator: str
) -> None:
    before = committees()
    path = folder / "conventions" / "lille-2021" / "calendrier.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [*csv.reader(file, delimiter=";")]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=separator).writerows(rows)
    assert committees() == before


@pytest.mark.parametrize(
    ("of", "by", "encoding", "told"),
    [
        (";5;;", ";mai;;", "utf-8", "ligne 2, colonne mois : « mai » ne respecte pas"),
        (";5;;", ";13;;", "utf-8", "ligne 2, colonne mois : « 13 » ne respecte pas"),
        (";mois;", ";le mois;", "utf-8", "colonne mois : «  » ne respecte pas"),
        ("", "", "windows-1252", "octet 0x"),
    ],
    ids=["month in letters", "thirteenth month", "no month", "windows"],
)
def test_a_calendar_that_is_stopped_has_no_committee_and_its_asset_says_why(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    of: str, by: str, encoding: str, told: str,
) -> None:  # fmt: skip
    path = folder / "conventions" / "lille-2021" / "calendrier.csv"
    path.write_bytes(path.read_text("utf-8").replace(of, by).encode(encoding))
    assert schedules.schedules() == []
    assert next_committee(date(2026, 11, 24)) is None
    monkeypatch.setenv("OBSERVATOIRE_ENTREPOT", str(tmp_path / "warehouse"))
    (calendar,) = (dataset for dataset in DATASETS if dataset.table == CALENDAR)
    done = dg.materialize(
        [dataset_asset(calendar, arrivals().files)],
        resources={"warehouse": Warehouse()},
        raise_on_error=False,
    )
    (failed,) = (event for event in done.all_events if event.is_step_failure)
    said = refresh._reason(failed)
    assert told in said
    assert "calendrier.csv, " in said
    assert "Remède : " in said


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def looked(
    instance: dg.DagsterInstance, cursor: str | None
) -> tuple[list[dg.RunRequest], str, str | None]:
    """One look of the sensor: what it requests, why it does not, where it now stands."""
    data = dropped_files.evaluate_tick(dg.build_sensor_context(instance=instance, cursor=cursor))
    return list(data.run_requests or []), data.skip_message or "", data.cursor


def test_the_sensor_is_off_by_default() -> None:
    assert dropped_files.default_status == dg.DefaultSensorStatus.STOPPED


@pytest.mark.usefixtures("folder")
def test_the_first_look_at_the_folder_requests_nothing(instance: dg.DagsterInstance) -> None:
    runs, reason, cursor = looked(instance, None)
    assert (runs, reason) == ([], "Première observation du dossier.")
    assert cursor


@pytest.mark.usefixtures("folder")
def test_an_unchanged_folder_requests_nothing(instance: dg.DagsterInstance) -> None:
    *_, cursor = looked(instance, None)
    runs, reason, after = looked(instance, cursor)
    assert (runs, reason, after) == ([], "Aucun fichier n'a changé.", cursor)


def test_a_changed_file_requests_one_run_and_only_one(
    folder: Path, instance: dg.DagsterInstance
) -> None:
    *_, cursor = looked(instance, None)
    path = folder / "caf" / "cej_2019.csv"
    path.write_bytes(path.read_bytes() + b"x")
    settle(path)
    runs, _, after = looked(instance, cursor)
    assert len(runs) == 1
    assert after != cursor
    assert looked(instance, after)[0] == []


def test_a_removed_file_requests_a_run(folder: Path, instance: dg.DagsterInstance) -> None:
    *_, cursor = looked(instance, None)
    (folder / "caf" / "cej_2019.csv").unlink()
    assert len(looked(instance, cursor)[0]) == 1


def test_what_a_program_leaves_beside_a_file_that_it_opens_requests_nothing(
    folder: Path, instance: dg.DagsterInstance
) -> None:
    *_, cursor = looked(instance, None)
    (folder / "conventions" / "lille-2021" / ".~lock.realisations.csv#").touch()
    assert looked(instance, cursor) == ([], "Aucun fichier n'a changé.", cursor)


def test_an_empty_folder_requests_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, instance: dg.DagsterInstance
) -> None:
    monkeypatch.setenv("OBSERVATOIRE_SOURCES", str(tmp_path))
    runs, reason, _ = looked(instance, None)
    assert (runs, reason) == ([], "Première observation du dossier.")


def test_a_file_that_is_being_copied_waits_and_is_seen_later(
    folder: Path, instance: dg.DagsterInstance
) -> None:
    *_, cursor = looked(instance, None)
    path = folder / "caf" / "cej_2019.csv"
    path.write_bytes(path.read_bytes() + b"x")
    runs, reason, waiting = looked(instance, cursor)
    assert (runs, reason) == ([], "Un fichier est peut-être encore en cours de copie.")
    assert waiting == cursor
    settle(path)
    assert len(looked(instance, waiting)[0]) == 1


def test_a_file_back_as_it_was_requests_a_run_again(
    folder: Path, instance: dg.DagsterInstance
) -> None:
    """A run bears no key: Dagster never starts two runs of one key."""
    path = folder / "caf" / "cej_2019.csv"
    sound = path.read_bytes()
    *_, first = looked(instance, None)
    asked = []
    cursor = first
    for content in (sound + b"x", sound, sound + b"x"):
        path.write_bytes(content)
        settle(path)
        runs, _, cursor = looked(instance, cursor)
        asked += [run.run_key for run in runs]
    assert asked == [None, None, None]
