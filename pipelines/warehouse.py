"""The build file: one writer at a time, and what each stage writes into it beside its tables.

DuckDB lets one process write, and a reader blocks a writer; so the refresh works in a file that
nobody reads.
"""

import os
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import dagster as dg
import duckdb
import polars as pl
from pydantic import Field, PrivateAttr

from pipelines import lock
from pipelines.errors import writing
from pipelines.naming import OWNERS, raw_key
from pipelines.settings import build_file
from pipelines.swap import lives

# Tags under .dagster/ are not shown in the UI.
PID_TAG = ".dagster/pid"

_CONTROLS = (
    "objet varchar, etape varchar, controle varchar, statut varchar, gravite varchar, "
    "observations bigint, message varchar"
)
JOURNAL = {
    "admissions": "objet varchar, source_id varchar, lignes_lues bigint, lignes_retenues bigint, "
    "lignes_rejetees bigint, lignes_hors_territoire bigint",
    "constats": "objet varchar, fichier varchar, etape varchar, ligne bigint, colonne varchar, "
    "valeur varchar, regle varchar, gravite varchar",
    "controles": _CONTROLS,
    "controles_tables": _CONTROLS,
    "entrees": "fichier varchar, taille_octets bigint, sha256 varchar, objets varchar[]",
    "lectures": "objet varchar, fichier varchar, sha256 varchar",
}


# How many statements run at once: the machines that this is made for have two cores.
AT_ONCE = 2
# What does not fit in memory goes to the disk: DuckDB would take four fifths of the machine's. What
# it frees goes back to the machine soon. No rule reads the order of the rows of another.
FRUGAL: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "900MB",
    "allocator_background_threads": True,
    "allocator_flush_threshold": "16MB",
    "preserve_insertion_order": "false",
}


@contextmanager
def side_by_side(connection: duckdb.DuckDBPyConnection) -> Iterator[ThreadPoolExecutor]:
    """What runs statements of cursors of a connection at once, each with its share of the cores.

    To share out each statement between all cores costs a tenth more.
    """
    connection.execute(f"set threads = {max(1, (os.cpu_count() or 1) // AT_ONCE)}")
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            yield pool
    finally:
        # Where the database was closed, the first error says why.
        with suppress(duckdb.Error):
            connection.execute("reset threads")


# The UI shows the docstring of a resource: this one is for who reads the UI.
class Warehouse(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Le fichier de travail d'un rafraîchissement, tenu de sa première étape à la dernière."""

    wait_seconds: float = Field(
        default=lock.WAIT_SECONDS,
        description="Combien de secondes attendre la fin d'un autre rafraîchissement.",
    )

    _connection: duckdb.DuckDBPyConnection | None = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(
        self, context: dg.InitResourceContext
    ) -> Generator["Warehouse", None, None]:
        """Hold the lock for the run; wait for the one that has it, then say so and give up."""
        _sign(context)
        with lock.held(context.log.info if context.log else print, self.wait_seconds):
            try:
                if context.instance:
                    bury_the_dead(context.instance)
                with self.connect() as connection:
                    _open_the_journal(connection)
                yield self
            finally:
                self.close()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """The connection of the run to the build file: each statement is a transaction."""
        if self._connection is None:
            # Each 16 MB of draws would otherwise be a checkpoint: one at the end is enough. Only
            # this DuckDB reads the file: its own format is written a fifth faster than the oldest.
            self._connection = duckdb.connect(
                str(build_file()),
                config={
                    "checkpoint_threshold": "1GB",
                    "storage_compatibility_version": "latest",
                    **FRUGAL,
                },
            )
        return self._connection.cursor()

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The same, in one transaction for all its statements."""
        with writing(build_file()), self.cursor() as cursor:
            cursor.begin()
            try:
                yield cursor
            except BaseException:
                # A full disk may have closed the database: the first error says why.
                with suppress(duckdb.Error):
                    cursor.rollback()
                raise
            cursor.commit()

    def close(self) -> None:
        """Let go of the build file, checkpointed, for dbt or the publication to open it."""
        if self._connection is None:
            return
        connection, self._connection = self._connection, None
        with writing(build_file()), connection:
            connection.execute("force checkpoint")


def _open_the_journal(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables that the stages write into; those of another version of the code go."""
    connection.execute(
        "create schema if not exists brut; create schema if not exists voisins; "
        "create schema if not exists journal"
    )
    for name, columns in JOURNAL.items():
        found = connection.execute(
            "select string_agg(column_name || ' ' || lower(data_type), ', ' order by column_index) "
            "from duckdb_columns() where schema_name = 'journal' and table_name = ?",
            [name],
        ).fetchone()
        if found != (columns,):
            connection.execute(f"create or replace table journal.{name} ({columns})")


def replace_table(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    """Put `frame` in place of the table `name`."""
    connection.register("_frame", frame.to_arrow())
    connection.execute(f"create or replace table {name} as from _frame")
    connection.unregister("_frame")


def raw_asset(
    table: str, description: str, content: Callable[[], pl.DataFrame]
) -> dg.AssetsDefinition:
    """What the code or its documentation says, as a table of the build file that dbt reads."""

    @dg.asset(
        key=raw_key(table),
        description=description,
        group_name="entree_observatoire",
        kinds={"polars", "duckdb"},
        owners=OWNERS,
    )
    def load(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult[None]:
        frame = content()
        with warehouse.connect() as connection:
            replace_table(connection, f"brut.{table}", frame)
        context.log.info(f"{table} : {frame.height} lignes")
        return dg.MaterializeResult(metadata={"dagster/row_count": frame.height})

    return load


def replace_rows(
    connection: duckdb.DuckDBPyConnection, name: str, column: str, frame: pl.DataFrame
) -> None:
    """Put `frame` in place of the rows of the table `name` that have its values of `column`."""
    connection.register("_frame", frame.to_arrow())
    connection.execute(f"create table if not exists {name} as from _frame limit 0")
    connection.execute(f"delete from {name} where {column} in (select {column} from _frame)")
    connection.unregister("_frame")
    add_rows(connection, name, frame)


def add_rows(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    """Put the rows of `frame` into the table `name`, after its own."""
    connection.register("_frame", frame.to_arrow())
    connection.execute(f"insert into {name} by name from _frame")
    connection.unregister("_frame")


def record(
    connection: duckdb.DuckDBPyConnection, table: str, objects: list[str], frame: pl.DataFrame
) -> None:
    """Put `frame` into a table of the journal, in place of what it said of `objects`."""
    connection.execute(f"delete from journal.{table} where objet in (select unnest(?))", [objects])
    add_rows(connection, f"journal.{table}", frame)


def controls_frame(rows: list[tuple[str, str, str, str, str, int, str]]) -> pl.DataFrame:
    """Results of checks, in the columns of `journal.controles`."""
    return pl.DataFrame(
        rows,
        schema={
            "objet": pl.String,
            "etape": pl.String,
            "controle": pl.String,
            "statut": pl.String,
            "gravite": pl.String,
            "observations": pl.Int64,
            "message": pl.String,
        },
        orient="row",
    )


def rows_table(frame: pl.DataFrame, limit: int = 50) -> dg.TableMetadataValue:
    """Rows in question, as the UI shows them: the first of them, every column."""
    return dg.MetadataValue.table(
        records=[
            dg.TableRecord(
                {name: "" if value is None else str(value) for name, value in row.items()}
            )
            for row in frame.head(limit).to_dicts()
        ],
        schema=dg.TableSchema([dg.TableColumn(name) for name in frame.columns]),
    )


def _sign(context: dg.InitResourceContext) -> None:
    """Write the process of this run on it, so that a later run can tell whether it lives."""
    if context.instance and context.run_id and context.instance.has_run(context.run_id):
        context.instance.add_run_tags(context.run_id, {PID_TAG: str(os.getpid())})


def bury_the_dead(instance: dg.DagsterInstance) -> None:
    """Close the runs that a killed process left open: they would be shown as such for ever."""
    left = [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTED]
    for run in instance.get_runs(dg.RunsFilter(statuses=left)):
        pid = run.tags.get(PID_TAG)
        if pid and not lives(int(pid)):
            instance.report_run_failed(
                run, "Interrompu : le processus de ce rafraîchissement n'existe plus."
            )
