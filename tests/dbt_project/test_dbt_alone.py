"""One build of dbt alone: each worked example as a test of its own, and the tables of a refresh."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb
import polars as pl
import pytest
import yaml

from pipelines.settings import DBT_PROJECT
from tests.dbt_project.conftest import Built

pytestmark = pytest.mark.long(minutes=1)

MODELS = DBT_PROJECT / "models"

# Models of the two computing layers that have nothing to compute.
WITHOUT_EXAMPLE = {
    "int_tranches_age": "une liste de tranches ; test_models vérifie qu'aucune n'est un partage",
    "int_types_equipement": "une liste de types ; test_by_hand vérifie qu'aucune école ne manque",
    "valeurs": "la réunion des indicateurs ; test_models vérifie qu'aucun n'y manque",
    "int_types_service": "une liste de types, ceux que reconnaît int_registre",
}


def examples() -> Iterator[tuple[str, str, str]]:
    """Model, name and description of each example in the YAML files."""
    for path in sorted(MODELS.rglob("*.yml")):
        for example in yaml.safe_load(path.read_text("utf-8")).get("unit_tests", []):
            yield example["model"], example["name"], example.get("description", "")


EXAMPLES = list(examples())


# What the publication writes into the build file after the rules.
NOT_OF_DBT = {"brut", "voisins", "journal"}
WRITTEN_AFTER = {"qualite.controles", "qualite.evolutions", "referentiel.publication"}
Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class BuiltAlone:
    """What dbt made by itself, and what was there: tables, status and message of each example."""

    code: int
    said: str
    examples: Mapping[str, tuple[str, str]]
    refreshed: Tables
    alone: Tables


@pytest.fixture(scope="session")
def build(built: Built) -> BuiltAlone:
    """One build of dbt, over the tables of the shared refresh."""
    refreshed = tables(built)
    done = built.dbt("build")
    # 1 says that an example or a test fails, 2 that dbt could not work.
    assert done.returncode in (0, 1), done.stdout + done.stderr
    told = built.target.with_name("dbt_seul") / "run_results.json"
    examples = {
        result["unique_id"].rsplit(".", 1)[-1]: (result["status"], result["message"] or "")
        for result in json.loads(told.read_text("utf-8"))["results"]
    }
    return BuiltAlone(done.returncode, done.stdout, examples, refreshed, tables(built))


def tables(built: Built) -> Tables:
    with duckdb.connect(str(built.file), read_only=True) as connection:
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


@pytest.mark.parametrize(
    ("name", "description"),
    [(name, description) for _, name, description in EXAMPLES],
    ids=[f"{model}-{name}" for model, name, _ in EXAMPLES],
)
def test_the_worked_example_holds(name: str, description: str, build: BuiltAlone) -> None:
    status, message = build.examples[name]
    if status == "skipped":  # the build below then fails
        pytest.skip("un exemple ou un contrôle dont il dépend a échoué")
    assert status == "pass", f"{description}\n{message}"


def test_a_build_of_dbt_alone_makes_the_tables_of_a_refresh(build: BuiltAlone) -> None:
    assert build.code == 0, build.said
    assert build.alone.keys() == build.refreshed.keys()
    differing = [
        name for name, frame in build.alone.items() if not frame.equals(build.refreshed[name])
    ]
    assert differing == []


def test_two_examples_never_share_a_name() -> None:
    names = [name for _, name, _ in EXAMPLES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("name", "description"), [(name, text) for _, name, text in EXAMPLES])
def test_each_example_shows_its_reasoning(name: str, description: str) -> None:
    assert len(description) > 60, name


@pytest.mark.parametrize("layer", ["indicateurs", "intermediate"])
def test_each_model_that_computes_has_an_example(layer: str) -> None:
    models = {path.stem for path in (MODELS / layer).rglob("*.sql")}
    assert models - {model for model, _, _ in EXAMPLES} - set(WITHOUT_EXAMPLE) == set()


def test_no_exemption_outlives_its_model() -> None:
    models = {path.stem for path in MODELS.rglob("*.sql")}
    assert set(WITHOUT_EXAMPLE) <= models - {model for model, _, _ in EXAMPLES}
