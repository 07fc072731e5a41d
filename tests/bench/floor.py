"""The floor: DuckDB reads the same files and runs the same rules, in one process.

No contract, no check, no history, no dictionary, nothing published: what nobody can do without.
"""

import argparse
from collections.abc import Collection, Iterable, Mapping
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
    parser.add_argument("--millesime", type=int, help="celui-là seul des fichiers qui en ont un")
    asked = parser.parse_args()
    # The catalogue bears the name of the build file: it stands in what dbt compiled.
    with (
        TemporaryDirectory() as folder,
        duckdb.connect(str(Path(folder, asked.build.name))) as connection,
    ):
        read(connection, asked.sources)
        count = compute(connection, asked.build, asked.indicateurs, asked.millesime)
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
    connection: duckdb.DuckDBPyConnection,
    build: Path,
    indicators: Collection[str] = (),
    vintage: int | None = None,
) -> int:
    """Run the rules on what came in, in the order in which they need each other.

    Args:
        connection: to an empty file of the name of the build file.
        build: the work file of a refresh.
        indicators: those that are asked for; all of them, and the marts, without any.
        vintage: the only one of the data sets that have it.

    Returns:
        How many rules ran.
    """
    rules = {
        name: node for name, node in manifest()["nodes"].items() if node["resource_type"] == "model"
    }
    if indicators:
        rules = needed(rules, {f"ind_{name.lower()}" for name in indicators})
    connection.execute(f"attach '{build}' as {BUILD} (read_only)")
    for schema in ENTRY:
        connection.execute(f"create schema {schema}")
    for table in entries(rules.values()):
        connection.execute(f"create table {table} as from {BUILD}.{table}")
        if vintage is not None and vintage in _vintages(connection, table):
            connection.execute(f"delete from {table} where millesime <> {vintage}")
    connection.execute(f"detach {BUILD}")
    outcomes = run(connection, rules)
    assert len(outcomes) == len(rules), outcomes[-1].message
    return len(outcomes)


def entries(rules: Iterable[Node]) -> list[str]:
    """The tables of the entry that some rules read."""
    read = {name for node in rules for name in node["depends_on"]["nodes"]}
    sources = [source for name, source in manifest()["sources"].items() if name in read]
    return [
        f"{source['schema']}.{source['identifier']}"
        for source in sources
        if source["schema"] in ENTRY
    ]


def _vintages(connection: duckdb.DuckDBPyConnection, table: str) -> set[int]:
    if "millesime" not in connection.table(table).columns:
        return set()
    found = connection.execute(f"select distinct millesime from {table}").fetchall()
    return {vintage for (vintage,) in found}


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
