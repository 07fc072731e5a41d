"""The build file: one writer, transactions, a journal; runs of dead processes are closed."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest
from dagster._core.test_utils import create_run_for_test

from pipelines.errors import SourceError
from pipelines.settings import build_file
from pipelines.warehouse import (
    AT_ONCE,
    JOURNAL,
    PID_TAG,
    Warehouse,
    controls_frame,
    record,
    replace_table,
    side_by_side,
)


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The build file of these tests is their own."""
    monkeypatch.setenv("OBSERVATOIRE_ENTREPOT", str(tmp_path))


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


@pytest.fixture
def held() -> Iterator[Warehouse]:
    """The warehouse, as a run holds it."""
    with Warehouse().yield_for_execution(dg.build_init_resource_context()) as warehouse:
        yield warehouse


def rows(table: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(build_file()), read_only=True) as connection:
        return connection.execute(f"from {table} order by all").fetchall()


def hold(seconds: float) -> Warehouse:
    return Warehouse(wait_seconds=seconds)


@pytest.mark.usefixtures("held")
def test_a_second_writer_waits_then_says_so_in_french() -> None:
    context = dg.build_init_resource_context()
    with (
        pytest.raises(SourceError) as caught,
        hold(0.1).yield_for_execution(context),
    ):
        pass
    assert str(caught.value) == (
        "observatoire.duckdb, publication : un autre rafraîchissement écrit depuis plus de 0.1 s. "
        "Remède : attendre sa fin, ou l'arrêter dans l'onglet Runs de l'interface, puis relancer."
    )


def test_a_second_writer_has_its_turn_when_the_first_is_done() -> None:
    first = hold(0).yield_for_execution(dg.build_init_resource_context())
    first.__enter__()
    threading.Timer(0.2, lambda: first.__exit__(None, None, None)).start()
    with (
        hold(10).yield_for_execution(dg.build_init_resource_context()) as warehouse,
        warehouse.connect() as connection,
    ):
        assert connection.execute("select 1").fetchone() == (1,)


def test_the_lock_falls_with_the_process_that_held_it() -> None:
    program = (
        "import dagster as dg, os\n"
        "from pipelines.warehouse import Warehouse\n"
        "Warehouse().yield_for_execution(dg.build_init_resource_context()).__enter__()\n"
        "print('tenu', flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert killed.stdout.strip() == "tenu"
    assert killed.returncode == -9
    with hold(0.1).yield_for_execution(dg.build_init_resource_context()) as warehouse:
        assert isinstance(warehouse, Warehouse)


def test_a_failure_inside_lets_go_of_the_lock() -> None:
    with (
        pytest.raises(ZeroDivisionError),
        hold(0).yield_for_execution(dg.build_init_resource_context()),
    ):
        raise ZeroDivisionError
    with hold(0.1).yield_for_execution(dg.build_init_resource_context()) as warehouse:
        assert isinstance(warehouse, Warehouse)


def test_the_journal_is_ready_from_the_first_step(held: Warehouse) -> None:
    with held.connect() as connection:
        found = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'journal'"
        ).fetchall()
    assert {name for (name,) in found} == set(JOURNAL)


def test_what_is_written_is_there_for_the_next_transaction(held: Warehouse) -> None:
    with held.connect() as connection:
        connection.execute("create table brut.t as select 1 as a")
    with held.connect() as connection:
        assert connection.execute("from brut.t").fetchall() == [(1,)]


def test_a_failure_undoes_its_transaction_and_no_other(held: Warehouse) -> None:
    with held.connect() as connection:
        connection.execute("create table brut.t as select 1 as a")

    def fail() -> None:
        with held.connect() as connection:
            connection.execute("insert into brut.t values (2)")
            connection.execute("create table brut.u as select 1 as a")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with held.connect() as connection:
        assert connection.execute("from brut.t").fetchall() == [(1,)]
        tables = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'brut'"
        ).fetchall()
    assert tables == [("t",)]


def test_closing_leaves_a_file_that_others_read_and_no_log_beside_it(held: Warehouse) -> None:
    with held.connect() as connection:
        connection.execute("create table brut.t as select 1 as a")
    held.close()
    assert not build_file().with_name(f"{build_file().name}.wal").exists()
    assert rows("brut.t") == [(1,)]
    with held.connect() as connection:
        assert connection.execute("from brut.t").fetchall() == [(1,)]


def test_a_table_is_replaced_with_its_columns_and_types(held: Warehouse) -> None:
    with held.connect() as connection:
        replace_table(connection, "brut.t", pl.DataFrame({"a": [1, 2]}))
        replace_table(connection, "brut.t", pl.DataFrame({"b": ["é", None], "c": [1.5, None]}))
        found = connection.execute("from brut.t")
        assert [(column[0], str(column[1])) for column in found.description or []] == [
            ("b", "VARCHAR"),
            ("c", "DOUBLE"),
        ]
        assert found.fetchall() == [("é", 1.5), (None, None)]


def test_an_empty_frame_makes_an_empty_table_of_its_types(held: Warehouse) -> None:
    with held.connect() as connection:
        replace_table(connection, "brut.t", pl.DataFrame(schema={"a": pl.Int64, "b": pl.String}))
        found = connection.execute(
            "select column_name, data_type from duckdb_columns() where table_name = 't'"
        )
        assert found.fetchall() == [("a", "BIGINT"), ("b", "VARCHAR")]


def control(name: str, status: str) -> pl.DataFrame:
    return controls_frame([(name, "lecture", "lecture", status, "arrêt", 0, "")])


def test_the_journal_says_the_last_of_each_object_and_keeps_the_others(held: Warehouse) -> None:
    with held.connect() as connection:
        record(connection, "controles", ["a"], control("a", "échoué"))
        record(connection, "controles", ["b"], control("b", "réussi"))
        record(connection, "controles", ["a"], control("a", "réussi"))
        found = connection.execute("select objet, statut from journal.controles order by 1")
        assert found.fetchall() == [("a", "réussi"), ("b", "réussi")]


def threads(connection: duckdb.DuckDBPyConnection) -> int:
    ((found,),) = connection.execute("select current_setting('threads')").fetchall()
    return int(found)


def test_statements_side_by_side_share_the_cores_and_one_alone_has_them_all(
    held: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = held.cursor()
    before = threads(connection)
    monkeypatch.setattr("os.cpu_count", lambda: 6)
    with side_by_side(connection) as pool:
        shares = [*pool.map(threads, [connection.cursor(), connection.cursor()])]
    assert shares == [6 // AT_ONCE, 6 // AT_ONCE]
    assert threads(connection) == before


def test_a_machine_of_one_core_runs_statements_side_by_side_too(
    held: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    with side_by_side(held.cursor()) as pool:
        assert pool.submit(threads, held.cursor()).result() == 1


def test_a_statement_that_fails_beside_another_gives_the_cores_back(held: Warehouse) -> None:
    connection = held.cursor()
    before = threads(connection)
    with pytest.raises(duckdb.CatalogException), side_by_side(connection) as pool:
        pool.submit(connection.cursor().execute, "from absente").result()
    assert threads(connection) == before


def test_what_closes_the_database_beside_others_is_what_is_told() -> None:
    connection = duckdb.connect()

    def fill() -> None:
        connection.close()
        raise OSError("disque plein")

    with pytest.raises(OSError, match="disque plein"), side_by_side(connection):
        fill()


def test_the_journal_forgets_an_object_of_which_nothing_is_said(held: Warehouse) -> None:
    with held.connect() as connection:
        record(connection, "controles", ["a"], control("a", "échoué"))
        record(connection, "controles", ["a", "b"], control("b", "réussi"))
        found = connection.execute("select objet from journal.controles").fetchall()
    assert found == [("b",)]


def started(
    instance: dg.DagsterInstance,
    pid: int | None,
    status: dg.DagsterRunStatus = dg.DagsterRunStatus.STARTED,
) -> str:
    """A run that the history shows as running, of this process."""
    tags = {} if pid is None else {PID_TAG: str(pid)}
    return str(create_run_for_test(instance, status=status, tags=tags).run_id)


def status_of(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


@pytest.fixture
def dead_pid() -> int:
    """The number of a process that was, and that is no more."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTED])
def test_a_run_whose_process_is_dead_is_closed_as_failed_by_the_next(
    instance: dg.DagsterInstance, dead_pid: int, status: dg.DagsterRunStatus
) -> None:
    run_id = started(instance, dead_pid, status)
    with hold(1).yield_for_execution(dg.build_init_resource_context(instance=instance)):
        assert status_of(instance, run_id) == dg.DagsterRunStatus.FAILURE
    (closing,) = instance.all_logs(run_id, of_type=dg.DagsterEventType.RUN_FAILURE)
    assert closing.get_dagster_event().message == (
        "Interrompu : le processus de ce rafraîchissement n'existe plus."
    )


@pytest.mark.parametrize("who", ["living", "unsigned"])
def test_a_run_that_may_live_is_left_alone(instance: dg.DagsterInstance, who: str) -> None:
    run_id = started(instance, os.getpid() if who == "living" else None)
    with hold(1).yield_for_execution(dg.build_init_resource_context(instance=instance)):
        assert status_of(instance, run_id) == dg.DagsterRunStatus.STARTED


def test_a_run_waiting_for_its_turn_closes_nothing(
    instance: dg.DagsterInstance, dead_pid: int, held: Warehouse
) -> None:
    assert held
    run_id = started(instance, dead_pid)
    context = dg.build_init_resource_context(instance=instance)
    with pytest.raises(SourceError), hold(0.05).yield_for_execution(context):
        pass
    assert status_of(instance, run_id) == dg.DagsterRunStatus.STARTED


def test_a_run_bears_the_process_that_makes_it(instance: dg.DagsterInstance) -> None:
    @dg.op
    def write(warehouse: Warehouse) -> None:
        with warehouse.connect() as connection:
            connection.execute("create table brut.t as select 1 as a")

    @dg.job(resource_defs={"warehouse": Warehouse()})
    def job() -> None:
        write()

    done = job.execute_in_process(instance=instance)
    run = instance.get_run_by_id(done.run_id)
    assert run is not None
    assert run.tags[PID_TAG] == str(os.getpid())
    assert rows("brut.t") == [(1,)]
