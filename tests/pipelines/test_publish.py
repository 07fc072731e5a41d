"""The published file: what is in it, and how it takes the place of the one before."""

import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from pipelines import dictionary, publish
from pipelines.dictionary import Table
from pipelines.publish import swap
from pipelines.warehouse import JOURNAL, controls_frame, record
from tests.conftest import Refreshed

TABLES = dictionary.tables()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A file published before, of another content."""
    path = tmp_path / "observatoire.duckdb"
    with duckdb.connect(str(path)) as connection:
        # More than one block, so that a reader has not all of it in memory.
        connection.execute(
            "create table ancien as select i, i::varchar || 'é' as t from range(300000) x(i)"
        )
    return path


def seen_by_a_new_reader(path: Path, query: str) -> str:
    """What another process reads: this one may hold the old file open."""
    program = (
        f"import duckdb; c = duckdb.connect({str(path)!r}, read_only=True); "
        f"print(c.execute({query!r}).fetchone()[0])"
    )
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.strip()


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_reader_keeps_the_old_file_whole_and_the_next_one_has_the_new(
    target: Path, refreshed: Refreshed
) -> None:
    with duckdb.connect(str(target), read_only=True) as reader:
        assert reader.execute("select t from ancien limit 1").fetchone() == ("0é",)
        size = swap(refreshed.place.build, target)
        assert reader.execute("select count(distinct t), sum(i) from ancien").fetchone() == (
            300000,
            300000 * 299999 // 2,
        )
    assert size == target.stat().st_size
    count = "select count(*) from referentiel.iris"
    assert seen_by_a_new_reader(target, count) == "110"
    assert left_in(target.parent) == ["observatoire.duckdb"]


def test_a_log_left_beside_the_old_file_is_not_played_on_the_new(
    target: Path, refreshed: Refreshed
) -> None:
    stale = target.with_name(f"{target.name}.wal")
    stale.write_bytes(b"journal d'un autre fichier" * 100)
    swap(refreshed.place.build, target)
    assert not stale.exists()
    with duckdb.connect(str(target), read_only=True) as connection:
        assert connection.execute("select count(*) from referentiel.iris").fetchone() == (110,)


def test_the_first_publication_makes_its_folder(tmp_path: Path, refreshed: Refreshed) -> None:
    path = tmp_path / "nouveau" / "l'entrepôt" / "observatoire.duckdb"
    assert swap(refreshed.place.build, path) == path.stat().st_size
    assert left_in(path.parent) == ["observatoire.duckdb"]


def test_a_failure_while_writing_leaves_the_published_file_to_the_byte(
    target: Path, tmp_path: Path
) -> None:
    before = target.read_bytes()
    source = tmp_path / "travail" / "observatoire.duckdb"
    source.parent.mkdir()
    first = TABLES[0]
    with duckdb.connect(str(source)) as connection:
        # The first table is written before the second is found to be absent.
        columns = ", ".join(f'"{column.name}" {column.data_type}' for column in first.columns)
        connection.execute(f"create schema {first.schema}")
        connection.execute(f"create table {first.full_name} ({columns})")
    with pytest.raises(duckdb.CatalogException):
        swap(source, target)
    assert target.read_bytes() == before
    assert left_in(tmp_path) == ["observatoire.duckdb", "travail"]


def test_a_null_where_a_value_is_promised_is_not_published(
    target: Path, tmp_path: Path, refreshed: Refreshed
) -> None:
    before = target.read_bytes()
    source = tmp_path / "travail" / "observatoire.duckdb"
    source.parent.mkdir()
    shutil.copy(refreshed.place.build, source)
    with duckdb.connect(str(source)) as connection:
        connection.execute("create or replace table qualite.rejets as from qualite.rejets")
        connection.execute("insert into qualite.rejets default values")
    with pytest.raises(duckdb.ConstraintException):
        swap(source, target)
    assert target.read_bytes() == before
    assert left_in(tmp_path) == ["observatoire.duckdb", "travail"]


def test_the_file_is_of_the_storage_that_every_duckdb_since_1_0_reads(
    refreshed: Refreshed,
) -> None:
    header = refreshed.place.published.read_bytes()[:20]
    assert header[8:12] == b"DUCK"
    # DuckDB 1.0 writes 64; 1.2 and later read it.
    assert struct.unpack_from("<Q", header, 12) == (64,)


@pytest.mark.parametrize("kind", ["table", "view"])
def test_the_tables_and_the_views_are_those_of_the_dictionary(
    kind: str, warehouse: duckdb.DuckDBPyConnection
) -> None:
    found = warehouse.execute(
        f"select schema_name || '.' || {kind}_name from duckdb_{kind}s() where not internal"
    ).fetchall()
    described = {table.full_name for table in TABLES if table.kind == kind}
    assert {name for (name,) in found} == described != set()


def test_nothing_of_the_build_file_is_published_beside_the_tables(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    schemas = warehouse.execute(
        "select schema_name from duckdb_schemas() where not internal "
        "and database_name = current_database()"
    ).fetchall()
    assert {name for (name,) in schemas} <= {table.schema for table in TABLES} | {"main"}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.full_name)
def test_the_columns_are_those_of_the_dictionary_with_their_types_and_obligation(
    table: Table, warehouse: duckdb.DuckDBPyConnection
) -> None:
    found = warehouse.execute(
        "select column_name, lower(data_type), not is_nullable from duckdb_columns() "
        "where schema_name = ? and table_name = ? order by column_index",
        [table.schema, table.name],
    ).fetchall()
    # DuckDB never promises that a column of a view is filled; its contract does.
    assert found == [
        (column.name, column.data_type, column.required and table.kind == "table")
        for column in table.columns
    ]


def test_the_comment_of_every_table_is_its_definition(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    found = warehouse.execute(
        "select schema_name || '.' || table_name, comment from duckdb_tables() union all "
        "select schema_name || '.' || view_name, comment from duckdb_views() where not internal"
    ).fetchall()
    assert dict(found) == {table.full_name: table.definition for table in TABLES}


def test_the_comment_of_every_column_is_its_definition(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    found = warehouse.execute(
        "select schema_name || '.' || table_name, column_name, comment from duckdb_columns() "
        "where not internal"
    ).fetchall()
    assert {(table, column): comment for table, column, comment in found} == {
        (table.full_name, column.name): column.definition
        for table in TABLES
        for column in table.columns
    }


def definitions() -> Iterator[tuple[str, str]]:
    for table in TABLES:
        yield table.full_name, table.definition
        for column in table.columns:
            yield f"{table.full_name}.{column.name}", column.definition


def test_every_definition_is_a_sentence_of_its_own() -> None:
    assert [name for name, words in definitions() if not words[:1].isupper()] == []
    assert [name for name, words in definitions() if not words.rstrip(")").endswith(".")] == []


def test_no_definition_is_english() -> None:
    english = {"the", "of", "is", "and", "this", "with", "which", "from"}
    assert [name for name, words in definitions() if english & set(words.lower().split())] == []


@pytest.fixture
def journal() -> Iterator[duckdb.DuckDBPyConnection]:
    """A build file in memory where every table has kept its contract."""
    with duckdb.connect() as connection:
        connection.execute("create schema journal")
        for table, columns in JOURNAL.items():
            connection.execute(f"create table journal.{table} ({columns})")
        rows = [
            (table.full_name, publish.STAGE, publish.CHECK, "réussi", "arrêt", 0, "")
            for table in TABLES
        ]
        record(connection, "controles_tables", [], controls_frame(rows))
        yield connection


def test_the_gate_opens_when_every_table_has_kept_its_contract(
    journal: duckdb.DuckDBPyConnection,
) -> None:
    journal.execute(
        "insert into journal.controles values "
        "('observatoire_sources', 'lecture', 'empreinte', 'averti', 'avertissement', 1, 'x')"
    )
    publish._pass_the_gate(journal)


@pytest.mark.parametrize("stage", ["lecture", "entrée", "dbt", "publication"])
def test_the_gate_refuses_while_a_check_of_any_stage_has_failed(
    journal: duckdb.DuckDBPyConnection, stage: str
) -> None:
    journal.execute(
        "insert into journal.controles values "
        "('insee_iris', ?, 'un contrôle', 'échoué', 'arrêt', 1, 'ligne 8 : « X »')",
        [stage],
    )
    with pytest.raises(dg.Failure) as caught:
        publish._pass_the_gate(journal)
    assert (caught.value.description or "").startswith(
        "Publication refusée : insee_iris, contrôle un contrôle : ligne 8 : « X »"
    )


def test_the_gate_refuses_a_table_whose_contract_was_never_held(
    journal: duckdb.DuckDBPyConnection,
) -> None:
    made_by_dbt = [table for table in TABLES if table.full_name not in publish.WRITTEN_HERE]
    for table in made_by_dbt:
        journal.begin()
        journal.execute("delete from journal.controles_tables where objet = ?", [table.full_name])
        with pytest.raises(dg.Failure, match="Publication refusée") as caught:
            publish._pass_the_gate(journal)
        assert table.full_name in (caught.value.description or "")
        journal.rollback()


@pytest.mark.parametrize(
    ("recorded", "read"),
    [
        ("('f.csv', 3, 'a', ['t'])", "('t', 'f.csv', 'b')"),
        ("('f.csv', 3, 'a', ['t']), ('g.csv', 3, 'a', ['t'])", "('t', 'f.csv', 'a')"),
        ("('g.csv', 3, 'a', ['t'])", "('t', 'g.csv', 'a'), ('t', 'f.csv', 'a')"),
    ],
    ids=["changed", "dropped", "taken away"],
)
def test_the_gate_refuses_a_table_that_has_not_read_the_files_as_they_are_recorded(
    journal: duckdb.DuckDBPyConnection, recorded: str, read: str
) -> None:
    journal.execute(f"insert into journal.entrees values {recorded}")
    journal.execute(f"insert into journal.lectures values {read}, ('of_another_code', 'f', 'a')")
    with pytest.raises(dg.Failure) as caught:
        publish._pass_the_gate(journal)
    said = caught.value.description or ""
    assert said.startswith("Publication refusée : "), said
    assert ".csv a changé, est arrivé ou est parti pendant que les fichiers étaient lus" in said
    assert "brut.t" in said
    assert "Remède : relancer le rafraîchissement en entier." in said
