"""Run what dbt compiled: each rule after those that it reads, each test before what follows it.

Run by dbt, these queries are a third of the time that it takes: the rest is its start, and what it
prepares, caches and says for each of its nodes. What it compiled needs none of that. `dbt build`
makes the same tables, and is what one uses to work on a model.
"""

import runpy
import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

import duckdb

from pipelines.memory import give_back
from pipelines.project import Node, manifest
from pipelines.settings import DBT_PROJECT
from pipelines.warehouse import AT_ONCE, side_by_side

MADE, HELD, WARNED, BROKEN, FAILED = "fait", "tenu", "averti", "rompu", "en échec"


@dataclass(frozen=True)
class Outcome:
    """What became of a model (made, or failed) or of a test (held, warned, broken, failed).

    `rows` are those that a test found, `message` is DuckDB's where the statement failed.
    """

    node: Node
    status: str
    seconds: float
    rows: int = 0
    message: str = ""

    @property
    def stops(self) -> bool:
        """Whether nothing that reads the same may be computed."""
        return self.status in (BROKEN, FAILED)

    @property
    def starved(self) -> bool:
        """Whether there was not enough memory, which another rule may have held."""
        return self.status == FAILED and self.message.startswith("Out of Memory")


def run(connection: duckdb.DuckDBPyConnection, nodes: Mapping[str, Node]) -> list[Outcome]:
    """Run models and tests, by their unique names in dbt's manifest.

    Several run at once, as dbt's threads do: most are too small for DuckDB to share one out between
    cores. One for which there was not enough memory runs again alone. What comes after one that
    stops is left as it was, and has no outcome.

    Args:
        connection: to the build file, outside a transaction: each model is one.
        nodes: models and tests.

    Returns:
        The outcomes, in an order in which the rules could have been run one by one.
    """
    kinds = dict(
        connection.execute(
            "select schema_name || '.' || table_name, 'table' from duckdb_tables() union all "
            "select schema_name || '.' || view_name, 'view' from duckdb_views() where not internal"
        ).fetchall()
    )
    models = [node for node in nodes.values() if node["resource_type"] == "model"]
    for schema in dict.fromkeys(node["schema"] for node in models):
        connection.execute(f"create schema if not exists {schema}")
    before = _before(nodes)
    sorter = TopologicalSorter(before)
    sorter.prepare()
    stopped: set[str] = set()
    outcomes: dict[str, Outcome] = {}
    running: dict[Future[Outcome], str] = {}
    waiting: list[str] = []
    # Those for which there was not enough memory beside another.
    alone: set[str] = set()
    with side_by_side(connection) as pool:
        while sorter.is_active():
            waiting += sorter.get_ready()
            while waiting and len(running) < AT_ONCE:
                name = _following(nodes, waiting, running.values())
                if running and not alone.isdisjoint({name, *running.values()}):
                    break
                waiting.remove(name)
                if stopped.isdisjoint(before[name]):
                    running[pool.submit(_outcome, connection.cursor(), nodes[name], kinds)] = name
                else:
                    stopped.add(name)
                    sorter.done(name)
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for task in done:
                name = running.pop(task)
                if task.result().starved and name not in alone:
                    alone.add(name)
                    waiting.append(name)
                    continue
                outcomes[name] = task.result()
                if outcomes[name].stops:
                    stopped.add(name)
                sorter.done(name)
    return [outcomes[name] for name in TopologicalSorter(before).static_order() if name in outcomes]


def _following(nodes: Mapping[str, Node], ready: Sequence[str], running: Collection[str]) -> str:
    """Which of those that are ready comes next: in Python if none running is, else not.

    Two in Python take turns, whatever the cores: the interpreter runs one of them at a time.
    """
    taken = any(_in_python(nodes[name]) for name in running)
    return next((name for name in ready if _in_python(nodes[name]) is not taken), ready[0])


def _in_python(node: Node) -> bool:
    return bool(node["language"] == "python")


def _before(nodes: Mapping[str, Node]) -> dict[str, set[str]]:
    """What has to be done before each node: what it reads, and the tests of all that it reads."""
    read = {name: set(node["depends_on"]["nodes"]) & set(nodes) for name, node in nodes.items()}
    behind: dict[str, set[str]] = {}
    for name in TopologicalSorter(read).static_order():
        behind[name] = read[name].union(*(behind[parent] for parent in read[name]))
    tests = [name for name, node in nodes.items() if node["resource_type"] == "test"]
    for name, node in nodes.items():
        if node["resource_type"] == "model":
            read[name] |= {test for test in tests if read[test] and read[test] <= behind[name]}
    return read


def _outcome(
    connection: duckdb.DuckDBPyConnection, node: Node, kinds: Mapping[str, str]
) -> Outcome:
    started = time.monotonic()
    try:
        if node["resource_type"] == "model":
            status, rows = MADE, 0
            _make(connection, node, kinds)
        else:
            status, rows = _test(connection, node)
    except Exception as error:  # a model in Python may raise anything
        return Outcome(node, FAILED, time.monotonic() - started, message=str(error))
    return Outcome(node, status, time.monotonic() - started, rows)


def _make(connection: duckdb.DuckDBPyConnection, node: Node, kinds: Mapping[str, str]) -> None:
    """Make the table or the view of a model, in place of what bears its name."""
    name = f"{node['schema']}.{node['alias']}"
    kind = "view" if node["config"]["materialized"] == "view" else "table"
    if kinds.get(name, kind) != kind:
        connection.execute(f"drop {kinds[name]} {name} cascade")
    if _in_python(node):
        connection.register("_calcul", _called(connection, node))
        connection.execute(f"create or replace table {name} as from _calcul")
        connection.unregister("_calcul")
        give_back()
        return
    code = node["compiled_code"]
    if kind == "view":
        # A view names tables, not their file: it is published in a file of another name.
        code = code.replace(f'"{node["database"]}".', "")
    connection.execute(f"create or replace {kind} {name} as ({code})")


def _test(connection: duckdb.DuckDBPyConnection, node: Node) -> tuple[str, int]:
    """Count the rows for which a test fails."""
    ((rows,),) = connection.execute(f"select count(*) from ({node['compiled_code']})").fetchall()
    if rows == 0:
        return HELD, 0
    return (WARNED if node["config"]["severity"].lower() == "warn" else BROKEN), rows


class Model:
    """What dbt gives to a model in Python: the tables that it names, its configuration."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, node: Node) -> None:
        self._connection, self._node = connection, node
        self.config = node["config"]

    def ref(self, name: str) -> duckdb.DuckDBPyRelation:
        """The table of another model, which this one depends on."""
        read = manifest()["nodes"][f"model.{self._node['package_name']}.{name}"]
        return self._connection.table(f"{read['schema']}.{read['alias']}")


def _called(connection: duckdb.DuckDBPyConnection, node: Node) -> Any:
    """What a model in Python returns: an Arrow table."""
    module = runpy.run_path(str(DBT_PROJECT / node["original_file_path"]))
    return module["model"](Model(connection, node), None)
