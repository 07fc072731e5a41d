"""Each worked example of the dbt project, as a test of its own; and none that is missing."""

import json
from collections.abc import Iterator, Mapping

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


@pytest.fixture(scope="session")
def outcomes(built: Built) -> Mapping[str, tuple[str, str]]:
    """Status and message of each example, from one run of dbt."""
    done = built.dbt("test", "--select", "test_type:unit")
    # 1 says that an example fails, 2 that dbt could not work.
    assert done.returncode in (0, 1), done.stdout + done.stderr
    told = built.target.with_name("dbt_seul") / "run_results.json"
    results = json.loads(told.read_text("utf-8"))["results"]
    return {
        result["unique_id"].rsplit(".", 1)[-1]: (result["status"], result["message"] or "")
        for result in results
    }


@pytest.mark.parametrize(
    ("name", "description"),
    [(name, description) for _, name, description in EXAMPLES],
    ids=[f"{model}-{name}" for model, name, _ in EXAMPLES],
)
def test_the_worked_example_holds(
    name: str, description: str, outcomes: Mapping[str, tuple[str, str]]
) -> None:
    status, message = outcomes[name]
    assert status == "pass", f"{description}\n{message}"


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
