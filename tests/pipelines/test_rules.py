"""The rules run in their order, and what stops one stops what follows it, and nothing else."""

import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

import duckdb
import pytest

from pipelines.rules import BROKEN, FAILED, HELD, MADE, WARNED, Outcome, run

Nodes = dict[str, Mapping[str, Any]]


def model(code: str, *read: str, kind: str = "table") -> Mapping[str, Any]:
    return {
        "resource_type": "model",
        "schema": "s",
        "database": "memory",
        "language": "sql",
        "compiled_code": code,
        "config": {"materialized": kind},
        "depends_on": {"nodes": list(read)},
    }


def look(code: str, *read: str, severity: str = "ERROR") -> Mapping[str, Any]:
    return {
        "resource_type": "test",
        "language": "sql",
        "compiled_code": code,
        "config": {"severity": severity},
        "depends_on": {"nodes": list(read)},
    }


def named(nodes: Nodes) -> Nodes:
    """The nodes with the names that dbt gives them."""
    return {name: {**node, "unique_id": name, "alias": name} for name, node in nodes.items()}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def statuses(connection: duckdb.DuckDBPyConnection, nodes: Nodes) -> dict[str, str]:
    return {str(one.node["unique_id"]): one.status for one in run(connection, named(nodes))}


def one(connection: duckdb.DuckDBPyConnection, nodes: Nodes) -> Outcome:
    (outcome,) = run(connection, named(nodes))
    return outcome


def test_a_model_runs_after_those_that_it_reads(connection: duckdb.DuckDBPyConnection) -> None:
    found = statuses(
        connection,
        {
            "c": model("from s.b", "b"),
            "b": model("select x + 1 as x from s.a", "a"),
            "a": model("select 1 as x"),
        },
    )
    assert found == {"a": MADE, "b": MADE, "c": MADE}
    assert connection.execute("from s.c").fetchall() == [(2,)]


def test_a_test_that_breaks_leaves_what_follows_as_it_was_and_stops_nothing_else(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute("create schema s; create table s.after as select 'before' as x")
    found = statuses(
        connection,
        {
            "a": model("select 1 as x"),
            "broken": look("from s.a", "a"),
            "after": model("from s.a", "a"),
            "long_after": model("from s.after", "after"),
            "apart": model("select 2 as x"),
        },
    )
    assert found == {"a": MADE, "broken": BROKEN, "apart": MADE}
    assert connection.execute("from s.after").fetchall() == [("before",)]


def test_a_test_of_two_models_comes_before_what_follows_both_and_not_between_them(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    found = statuses(
        connection,
        {
            "a": model("select 1 as x"),
            "b": model("from s.a", "a"),
            "both": look("from s.a semi join s.b using (x)", "a", "b"),
            "after": model("from s.b", "b"),
        },
    )
    assert found == {"a": MADE, "b": MADE, "both": BROKEN}


def test_a_warning_is_told_with_its_rows_and_stops_nothing(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    nodes = named(
        {
            "a": model("from range(3) as r(x)"),
            "warned": look("from s.a", "a", severity="warn"),
            "held": look("from s.a where x > 5", "a"),
            "after": model("from s.a", "a"),
        }
    )
    found = {str(one.node["unique_id"]): (one.status, one.rows) for one in run(connection, nodes)}
    assert found == {"a": (MADE, 0), "warned": (WARNED, 3), "held": (HELD, 0), "after": (MADE, 0)}


def test_a_model_that_fails_says_why_and_nothing_that_reads_it_runs(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    nodes = named({"a": model("select unknown"), "b": model("from s.a", "a")})
    (outcome,) = run(connection, nodes)
    assert outcome.status == FAILED
    assert "unknown" in outcome.message


@pytest.mark.parametrize(("before", "after"), [("table", "view"), ("view", "table")])
def test_a_model_that_changes_kind_takes_the_place_of_what_it_was(
    before: str, after: str, connection: duckdb.DuckDBPyConnection
) -> None:
    one(connection, {"a": model("select 1 as x", kind=before)})
    assert one(connection, {"a": model("select 2 as x", kind=after)}).status == MADE
    assert connection.execute("from s.a").fetchall() == [(2,)]


def test_a_view_names_tables_and_not_their_file(connection: duckdb.DuckDBPyConnection) -> None:
    nodes = {"a": model("select 1 as x"), "b": model('from "memory"."s"."a"', "a", kind="view")}
    run(connection, named(nodes))
    ((statement,),) = connection.execute(
        "select sql from duckdb_views() where view_name = 'b'"
    ).fetchall()
    assert "memory" not in statement


def test_a_rule_that_finds_no_memory_beside_another_runs_again_alone(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    running: set[str] = set()
    seen_by_a: list[set[str]] = []
    both = threading.Barrier(2, timeout=10)

    def outcome(_: Any, node: Mapping[str, Any], __: Any) -> Outcome:
        name = str(node["unique_id"])
        running.add(name)
        starved = name == "a" and not seen_by_a
        if name == "b" or starved:
            both.wait()
        if name == "a":
            seen_by_a.append(set(running))
        else:
            time.sleep(0.05)
        running.discard(name)
        message = "Out of Memory Error: could not allocate block" if starved else ""
        return Outcome(node, FAILED if starved else MADE, 0.1, message=message)

    monkeypatch.setattr("pipelines.rules._outcome", outcome)
    rules = {name: model("select 1 as x") for name in "abcd"}
    assert set(statuses(connection, rules).values()) == {MADE}
    assert seen_by_a == [{"a", "b"}, {"a"}]


def test_two_rules_in_python_run_beside_others_while_there_are_some(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    running: set[str] = set()
    together: list[set[str]] = []
    gate = threading.Lock()

    def outcome(_: Any, node: Mapping[str, Any], __: Any) -> Outcome:
        name = str(node["unique_id"])
        with gate:
            running.add(name)
            together.append(set(running))
        time.sleep(0.02)
        with gate:
            running.discard(name)
        return Outcome(node, MADE, 0.1)

    monkeypatch.setattr("pipelines.rules._outcome", outcome)
    in_python: Nodes = {name: {**model(""), "language": "python"} for name in ("p1", "p2")}
    in_sql: Nodes = {name: model("select 1 as x") for name in ("s1", "s2", "s3", "s4")}
    found = statuses(connection, in_python | in_sql)
    assert found.keys() == {*in_python, *in_sql}
    assert {"p1", "p2"} not in together
    assert max(map(len, together)) == 2


def test_two_rules_in_python_run_at_once_when_nothing_else_is_ready(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = threading.Barrier(2, timeout=10)

    def outcome(_: Any, node: Mapping[str, Any], __: Any) -> Outcome:
        both.wait()
        return Outcome(node, MADE, 0.1)

    monkeypatch.setattr("pipelines.rules._outcome", outcome)
    rules: Nodes = {name: {**model(""), "language": "python"} for name in ("p1", "p2")}
    assert set(statuses(connection, rules).values()) == {MADE}


def test_a_rule_that_finds_no_memory_alone_has_failed(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute("set memory_limit = '20MB'; set temp_directory = ''")
    outcome = one(connection, {"a": model("select list(x) as x from range(10000000) as t (x)")})
    assert outcome.status == FAILED
    assert outcome.starved
