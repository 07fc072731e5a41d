"""The floor runs what its indicators need, and nothing else."""

from typing import Any

from pipelines.project import manifest
from tests.bench.__main__ import WITH_PLACES
from tests.bench.floor import needed


def rule(name: str, *read: str) -> dict[str, Any]:
    return {"name": name, "depends_on": {"nodes": [*read]}}


def test_a_rule_needs_all_that_it_reads_and_nothing_beside() -> None:
    rules = {
        "m.a": rule("a", "source.x"),
        "m.b": rule("b", "m.a"),
        "m.ind": rule("ind", "m.b", "m.a"),
        "m.other": rule("other", "m.b"),
    }
    assert needed(rules, {"ind"}).keys() == {"m.a", "m.b", "m.ind"}


def test_every_indicator_of_the_notebook_has_its_rule() -> None:
    names = {node["name"] for node in manifest()["nodes"].values()}
    assert {f"ind_{name.lower()}" for name in WITH_PLACES} <= names
