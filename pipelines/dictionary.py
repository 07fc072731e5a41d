"""The one dictionary of what is published, read from dbt's YAML.

The same rows give the published file its tables, types and comments, the marts their contracts,
the table `referentiel.dictionnaire` its lines. A table that is not described is not published.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import polars as pl

from pipelines.project import manifest

PUBLISHED_SCHEMAS = ("referentiel", "besoin", "offre", "ecart", "suivi", "qualite", "vues")


@dataclass(frozen=True)
class Column:
    """One published column: its DuckDB type, whether it is always filled, what it means.

    `reference` is the column (`schema.table.column`) whose values it takes.
    """

    name: str
    data_type: str
    required: bool
    definition: str
    values: tuple[str, ...]
    reference: str | None


@dataclass(frozen=True)
class Table:
    """One published table, with its columns in order and its key.

    `kind` is "table", or "view" for one that holds nothing: each reader makes it from the others.
    """

    schema: str
    name: str
    kind: str
    definition: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def full_name(self) -> str:
        """`schema.table`."""
        return f"{self.schema}.{self.name}"


@cache
def tables() -> tuple[Table, ...]:
    """Every published table, in the order of the schemas then of the names."""
    content = manifest()
    nodes = [node for node in content["nodes"].values() if node["resource_type"] == "model"]
    described = [*nodes, *content["sources"].values()]
    found = [_table(node) for node in described if node["schema"] in PUBLISHED_SCHEMAS]
    return tuple(
        sorted(found, key=lambda table: (PUBLISHED_SCHEMAS.index(table.schema), table.name))
    )


def frame() -> pl.DataFrame:
    """The dictionary as a table: one row a column."""
    return pl.DataFrame(
        [
            (
                table.schema,
                table.name,
                table.definition,
                rank,
                column.name,
                column.data_type,
                column.required,
                column.name in table.key,
                column.definition,
                ", ".join(column.values) or None,
                column.reference,
            )
            for table in tables()
            for rank, column in enumerate(table.columns, start=1)
        ],
        schema={
            "schema_nom": pl.String,
            "table_nom": pl.String,
            "table_definition": pl.String,
            "rang": pl.Int64,
            "colonne": pl.String,
            "type": pl.String,
            "obligatoire": pl.Boolean,
            "cle": pl.Boolean,
            "definition": pl.String,
            "valeurs_admises": pl.String,
            "reference": pl.String,
        },
        orient="row",
    )


def _table(node: dict[str, Any]) -> Table:
    columns = tuple(
        Column(
            name,
            column["data_type"],
            any(item["type"] == "not_null" for item in column.get("constraints", [])),
            " ".join(column["description"].split()),
            tuple(column["config"]["meta"].get("valeurs", ())),
            column["config"]["meta"].get("reference"),
        )
        for name, column in node["columns"].items()
    )
    return Table(
        node["schema"],
        node.get("alias") or node["name"],
        "view" if node["config"].get("materialized") == "view" else "table",
        " ".join(node["description"].split()),
        columns,
        tuple(node["config"]["meta"].get("cle", ())),
    )
