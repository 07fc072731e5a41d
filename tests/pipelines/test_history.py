"""The project's history writes the files of the stock storage, with few engines open."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dagster as dg
import pytest
from dagster import DagsterEvent, DagsterEventType, EventLogEntry
from dagster._core.events import EngineEventData
from dagster._core.storage.event_log import SqliteEventLogStorage

from pipelines.history import OPEN_DATABASES, SqliteHistory
from pipelines.settings import ROOT


def event(run_id: str, words: str) -> EventLogEntry:
    return EventLogEntry(  # type: ignore[no-untyped-call]
        error_info=None,
        level="debug",
        user_message=words,
        run_id=run_id,
        timestamp=time.time(),
        job_name="refresh",
        dagster_event=DagsterEvent(
            event_type_value=DagsterEventType.ENGINE_EVENT.value,
            job_name="refresh",
            event_specific_data=EngineEventData(),
            message=words,
        ),
    )


@pytest.fixture
def history(tmp_path: Path) -> Iterator[SqliteHistory]:
    storage = SqliteHistory(str(tmp_path))
    yield storage
    storage.dispose()


def words_of(storage: SqliteEventLogStorage, run_id: str) -> list[str]:
    return [entry.user_message for entry in storage.get_logs_for_run(run_id)]


def test_the_stock_storage_reads_what_the_project_wrote(
    history: SqliteHistory, tmp_path: Path
) -> None:
    told = [f"étape {rank}" for rank in range(5)]
    for words in told:
        history.store_event(event("execution-a", words))
    history.store_event(event("execution-b", "autre"))
    stock = SqliteEventLogStorage(str(tmp_path))
    assert words_of(stock, "execution-a") == told
    assert words_of(stock, "execution-b") == ["autre"]
    stock.dispose()


def test_the_project_reads_what_the_stock_storage_wrote_before(tmp_path: Path) -> None:
    stock = SqliteEventLogStorage(str(tmp_path))
    stock.store_event(event("execution-a", "avant"))
    stock.dispose()
    history = SqliteHistory(str(tmp_path))
    history.store_event(event("execution-a", "après"))
    assert words_of(history, "execution-a") == ["avant", "après"]
    history.dispose()


def test_few_databases_stay_open_and_none_is_lost(
    history: SqliteHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert OPEN_DATABASES <= 16
    # Three in place of sixteen: a database takes 0.1 s to make.
    few = 3
    monkeypatch.setattr("pipelines.history.OPEN_DATABASES", few)
    runs = [f"execution-{rank}" for rank in range(few + 2)]
    for run_id in runs:
        history.store_event(event(run_id, run_id))
        assert len(history._engines) <= few
    # The first are closed by now: they are opened anew.
    assert [words_of(history, run_id) for run_id in runs] == [[run_id] for run_id in runs]
    assert len(history._engines) <= few


def test_a_run_keeps_its_engine_from_one_event_to_the_next(history: SqliteHistory) -> None:
    history.store_event(event("execution-a", "un"))
    engine = history._engines["execution-a"]
    history.store_event(event("execution-a", "deux"))
    assert history._engines["execution-a"] is engine


def test_events_of_several_threads_are_all_kept(history: SqliteHistory) -> None:
    told = {f"étape {rank}" for rank in range(20)}
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda words: history.store_event(event("execution-a", words)), told))
    assert set(words_of(history, "execution-a")) == told


def test_an_event_that_fails_leaves_no_half_of_itself(history: SqliteHistory) -> None:
    history.store_event(event("execution-a", "un"))

    def fail() -> None:
        with history._connect("execution-a") as connection:
            connection.exec_driver_sql("delete from event_logs")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert words_of(history, "execution-a") == ["un"]


def test_the_root_configuration_is_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(ROOT))
    monkeypatch.setenv("OBSERVATOIRE_HISTORIQUE", str(tmp_path))
    monkeypatch.setenv("OBSERVATOIRE_EVENEMENTS", str(tmp_path / "evenements"))
    with dg.DagsterInstance.get() as instance:
        assert isinstance(instance.event_log_storage, SqliteHistory)
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled
        assert instance.run_monitoring_max_runtime_seconds == 1800
    assert (tmp_path / "runs.db").exists()
