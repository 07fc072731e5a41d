"""The floor: DuckDB reads the same files and runs the same rules, in one process.

No contract, no check, no history, no dictionary, nothing published: what nobody can do without.
"""

import argparse
from collections.abc import Collection, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from pipelines.project import Node, manifest
from pipelines.rules import run

BUILD = "construit"
# What the entry of a refresh writes, and the rules read.
ENTRY = ("brut", "voisins", "journal")
TEXTS = ("*.csv",)


def main() -> None:
    """Read, compute, say how many models ran."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sources", type=Path, help="le dossier des fichiers")
    parser.add_argument("build", type=Path, help="le fichier de travail d'un rafraîchissement fini")
    parser.add_argument("indicateurs", nargs="*", help="ceux-là seulement, et ce qu'ils lisent")
    asked = parser.parse_args()
    # The catalogue bears the name of the build file: it stands in what dbt compiled.
    with (
        TemporaryDirectory() as folder,
        duckdb.connect(str(Path(folder, asked.build.name))) as connection,
    ):
        read(connection, asked.sources)
        count = compute(connection, asked.build, asked.indicateurs)
    print(f"{count} modèles")


def read(connection: duckdb.DuckDBPyConnection, sources: Path) -> None:
    """Read each text file whole, as a table of texts."""
    for path in sorted(file for pattern in TEXTS for file in sources.rglob(pattern)):
        connection.execute(
            "create or replace temp table lu as from "
            "read_csv(?, all_varchar = true, null_padding = true, ignore_errors = true)",
            [str(path)],
        )


def compute(
    connection: duckdb.DuckDBPyConnection, build: Path, indicators: Collection[str] = ()
) -> int:
    """Run the rules on what came in, in the order in which they need each other.

    Args:
        connection: to an empty file of the name of the build file.
        build: the work file of a refresh.
        indicators: those that are asked for; all of them, and the marts, without any.

    Returns:
        How many rules ran.
    """
    connection.execute(f"attach '{build}' as {BUILD} (read_only)")
    for schema in ENTRY:
        connection.execute(f"create schema {schema}")
        for (table,) in connection.execute(
            "select table_name from duckdb_tables() where database_name = ? and schema_name = ?",
            [BUILD, schema],
        ).fetchall():
            connection.execute(f"create table {schema}.{table} as from {BUILD}.{schema}.{table}")
    connection.execute(f"detach {BUILD}")
    rules = {
        name: node for name, node in manifest()["nodes"].items() if node["resource_type"] == "model"
    }
    if indicators:
        rules = needed(rules, {f"ind_{name.lower()}" for name in indicators})
    outcomes = run(connection, rules)
    assert len(outcomes) == len(rules), outcomes[-1].message
    return len(outcomes)


def needed(rules: Mapping[str, Node], names: Collection[str]) -> dict[str, Node]:
    """The rules of some names, and all that they read."""
    found: dict[str, Node] = {}
    waiting = [unique for unique, node in rules.items() if node["name"] in names]
    while waiting:
        unique = waiting.pop()
        if unique in rules and unique not in found:
            found[unique] = rules[unique]
            waiting += found[unique]["depends_on"]["nodes"]
    return found


if __name__ == "__main__":
    main()
