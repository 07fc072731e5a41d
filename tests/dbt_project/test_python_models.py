"""A model in Python, whatever its territory lacks: no district, no registry, no plan, no Caf.

Each of them is called as dbt calls it, on the columns and types that the shared refresh gives it,
without the rows of one of its inputs, then of them all.
"""

import importlib.util
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb
import polars as pl
import pytest
import yaml

from pipelines.settings import DBT_PROJECT
from tests.dbt_project.conftest import Built

PYTHON = {path.stem: path for path in sorted((DBT_PROJECT / "models").rglob("*.py"))}
DRAWS = 3
# How many draws: it always has its row.
TOLD = "int_tirages"
# Inputs that have the rows of another one: empty, they are so together.
FOLLOWING = {
    "est_accessibilite": {"est_sites"},
    "est_capacites": {"int_services_territoires", "int_capacites_territoires"},
    "est_rangs_priorite": {"est_poids"},
    "est_services": {"int_services_decompte"},
}


@cache
def parameters() -> dict[str, Any]:
    project = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text("utf-8"))
    return dict(project["vars"])


@dataclass(frozen=True)
class Config:
    """The configuration of a model, whose keys are the variables of the project."""

    def get(self, name: str) -> Any:
        return parameters()[name]


class Dbt:
    """What dbt hands to a model: relations, here without rows for some of them."""

    def __init__(self, tables: duckdb.DuckDBPyConnection, empty: Collection[str]) -> None:
        self.config = Config()
        self.read: list[str] = []
        self.tables = tables
        self.empty = empty

    def ref(self, name: str) -> duckdb.DuckDBPyRelation:
        if name == TOLD:
            return self.tables.sql(f"select {DRAWS} as tirages")
        self.read.append(name)
        relation = self.tables.sql(f'select * from "{schemas(self.tables)[name]}"."{name}"')
        if "tirage" in relation.columns:
            relation = relation.filter(f"tirage <= {DRAWS}")
        lists = [
            f'"{column}"[:{1 + DRAWS}] as "{column}"'
            for column, kind in zip(relation.columns, relation.types, strict=True)
            if str(kind) == "DOUBLE[]"
        ]
        if lists:
            relation = relation.project(f"* replace ({', '.join(lists)})")
        return relation.limit(0) if name in self.empty else relation


@cache
def schemas(tables: duckdb.DuckDBPyConnection) -> dict[str, str]:
    rows = tables.execute("select table_name, table_schema from information_schema.tables")
    return dict(rows.fetchall())


@pytest.fixture(scope="module")
def tables(built: Built) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(built.file), read_only=True) as connection:
        yield connection


def computed(
    name: str, tables: duckdb.DuckDBPyConnection, empty: Collection[str] = ()
) -> tuple[pl.DataFrame, list[str]]:
    """What a model computes without the rows of some inputs, and the inputs that it reads."""
    spec = importlib.util.spec_from_file_location(name, PYTHON[name])
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    dbt = Dbt(tables, empty)
    return pl.DataFrame(module.model(dbt, None)), dbt.read


@pytest.mark.parametrize("name", PYTHON)
def test_a_model_without_the_rows_of_an_input_has_the_same_columns_and_types(
    name: str, tables: duckdb.DuckDBPyConnection
) -> None:
    whole, inputs = computed(name, tables)
    for empty in inputs:
        if empty not in FOLLOWING.get(name, set()):
            found, _ = computed(name, tables, {empty})
            assert found.schema == whole.schema, empty


@pytest.mark.parametrize("name", [name for name in PYTHON if name != "est_poids"])
def test_a_model_without_any_row_computes_none(
    name: str, tables: duckdb.DuckDBPyConnection
) -> None:
    whole, inputs = computed(name, tables)
    found, _ = computed(name, tables, set(inputs))
    assert (found.height, found.schema) == (0, whole.schema)
