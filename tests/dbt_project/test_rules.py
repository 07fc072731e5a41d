"""What a refresh makes of the rules is what dbt makes of them."""

import duckdb
import polars as pl

from tests.dbt_project.conftest import Built

# What the publication writes into the build file after the rules.
NOT_OF_DBT = {"brut", "voisins", "journal"}
WRITTEN_AFTER = {"qualite.controles", "qualite.evolutions", "referentiel.publication"}


def tables(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    names = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables() "
        "where schema_name not in (select unnest(?))",
        [sorted(NOT_OF_DBT)],
    ).fetchall()
    return {
        name: connection.execute(f"from {name} order by all").pl()
        for (name,) in names
        if name not in WRITTEN_AFTER
    }


def test_a_build_of_dbt_alone_makes_the_tables_of_a_refresh(built: Built) -> None:
    with duckdb.connect(str(built.file), read_only=True) as connection:
        refreshed = tables(connection)
    done = built.dbt("build", "--exclude-resource-type", "unit_test")
    assert done.returncode == 0, done.stdout
    with duckdb.connect(str(built.file), read_only=True) as connection:
        alone = tables(connection)
    assert alone.keys() == refreshed.keys()
    assert [name for name, frame in alone.items() if not frame.equals(refreshed[name])] == []
