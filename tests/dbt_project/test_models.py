"""What each layer of the dbt project may do, and that the dictionary says what the marts hold."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
import yaml
from sqlglot import exp

from pipelines.ingest.datasets import DATASETS
from pipelines.settings import DBT_PROJECT
from tests.dbt_project.conftest import Built

MODELS = DBT_PROJECT / "models"
STAGING = sorted(path.stem for path in (MODELS / "staging").rglob("*.sql"))
MARTS = sorted(path.stem for path in (MODELS / "marts").rglob("*.sql"))
AFTER_STAGING = sorted(
    path.stem for path in MODELS.rglob("*.sql") if "staging" not in path.relative_to(MODELS).parts
)

FRENCH = re.compile(r"\b(le|la|les|l|de|du|des|d|et|par|à|ce|ces|une?|chaque|avec|dans)\b", re.I)
ENGLISH = re.compile(r"\b(the|of|and|with|each|from|which|by|per|for)\b", re.I)


@cache
def described() -> dict[str, dict[str, Any]]:
    """What the YAML files say of each model."""
    return dict(_described())


def _described() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in MODELS.rglob("*.yml"):
        for model in yaml.safe_load(path.read_text("utf-8")).get("models", []):
            yield model["name"], model


def model_files() -> list[Path]:
    """Every model, in SQL or in Python."""
    return sorted(path for kind in ("sql", "py") for path in MODELS.rglob(f"*.{kind}"))


def source_of(model: str) -> Path:
    return next(path for path in model_files() if path.stem == model)


def final_select(sql: str) -> str:
    """A statement without its comments, its strings and whatever stands in brackets."""
    text = re.sub(r"--[^\n]*|/\*.*?\*/", " ", sql, flags=re.S)
    text = re.sub(r"'(?:[^']|'')*'", "''", text)
    while (inner := re.sub(r"\([^()]*\)", " ", text)) != text:
        text = inner
    return text


@pytest.mark.parametrize("model", sorted(set(AFTER_STAGING) - set(MARTS)))
def test_a_computation_reads_no_published_table(model: str) -> None:
    read = re.findall(r"ref\('(\w+)'\)", source_of(model).read_text("utf-8"))
    assert not set(read) & set(MARTS)


@pytest.mark.parametrize("model", STAGING)
def test_a_staging_model_only_renames_and_types(model: str, built: Built) -> None:
    statement = sqlglot.parse_one(built.compiled(model), dialect="duckdb")
    beyond = (
        exp.Join, exp.Where, exp.Group, exp.Having, exp.Qualify, exp.Window, exp.AggFunc,
        exp.Distinct, exp.Subquery, exp.With, exp.Order, exp.Limit, exp.Star,
    )  # fmt: skip
    assert [found.sql() for found in statement.find_all(*beyond)] == []


@pytest.mark.parametrize("model", STAGING)
def test_a_staging_model_reads_sources_only(model: str) -> None:
    assert "ref(" not in source_of(model).read_text("utf-8")


@pytest.mark.parametrize("model", AFTER_STAGING)
def test_a_model_past_staging_never_reads_a_source(model: str) -> None:
    assert "source(" not in source_of(model).read_text("utf-8")


@pytest.mark.parametrize("model", AFTER_STAGING)
def test_the_final_select_of_a_model_names_its_columns(model: str, built: Built) -> None:
    text = final_select(built.compiled(model))
    assert re.search(r"\bselect\b", text, re.I)
    assert re.search(r"(\bselect(\s+distinct)?|,)\s*\*|\.\*", text, re.I) is None


@pytest.mark.parametrize("model", AFTER_STAGING)
def test_a_star_imports_one_relation_and_never_a_join(model: str) -> None:
    sql = re.sub(r"--[^\n]*", "", source_of(model).read_text("utf-8"))
    for body in re.findall(r"select\s+\*\s+from(.*?)(?:\n\)|\Z|union)", sql, re.S | re.I):
        assert "join" not in body.lower(), body


@pytest.mark.parametrize("model", MARTS)
def test_a_mart_has_the_columns_that_the_dictionary_describes(model: str, built: Built) -> None:
    schema, table = model.split("__")
    with duckdb.connect(str(built.file), read_only=True) as connection:
        held = [
            name
            for (name,) in connection.execute(
                "select column_name from duckdb_columns() "
                "where schema_name = ? and table_name = ? order by column_index",
                [schema, table],
            ).fetchall()
        ]
    assert sorted(held) == sorted(column["name"] for column in described()[model]["columns"])


def test_every_described_model_exists_and_every_model_is_described() -> None:
    assert set(described()) == {path.stem for path in model_files()}


@pytest.mark.parametrize("model", [path.stem for path in model_files()])
def test_a_model_has_a_description_in_french(model: str) -> None:
    description = described()[model]["description"]
    assert FRENCH.search(description), description
    assert not ENGLISH.search(description), description


@pytest.mark.parametrize("model", MARTS)
def test_each_column_of_a_mart_has_a_description(model: str) -> None:
    undescribed = [
        column["name"]
        for column in described()[model]["columns"]
        if not column.get("description") or not column.get("data_type")
    ]
    assert undescribed == []


def test_what_is_said_of_a_table_of_any_convention_names_none() -> None:
    said = {dataset.table: dataset.description for dataset in DATASETS}
    for name in MARTS:
        model = described()[name]
        said[name] = model["description"]
        said |= {f"{name}.{column['name']}": column["description"] for column in model["columns"]}
    ours = re.compile(r"\b(Lille|Hellemmes|Lomme|2021-2024)\b")
    assert {name: text for name, text in said.items() if ours.search(text)} == {}


def test_every_indicator_is_in_the_union_and_in_the_catalogue() -> None:
    indicators = {path.stem for path in (MODELS / "indicateurs").glob("ind_*.sql")}
    united = source_of("valeurs").read_text("utf-8")
    assert {f"ind_{name}" for name in re.findall(r"'(\w+\d\d)'", united)} == indicators
    assert {
        name for name, model in described().items() if "indicateur" in model_meta(model)
    } == indicators


def model_meta(model: dict[str, Any]) -> dict[str, Any]:
    meta: dict[str, Any] = model.get("config", {}).get("meta", {})
    return meta


@pytest.mark.parametrize(
    "path", sorted((MODELS / "indicateurs").glob("ind_*.yml")), ids=lambda path: path.stem
)
def test_an_indicator_says_its_formula_its_method_and_its_units(path: Path) -> None:
    told = model_meta(described()[path.stem])["indicateur"]
    assert path.stem == f"ind_{told['id'].lower()}"
    assert all(len(told[field]) > 3 for field in ("libelle", "formule", "methode"))
    declinations = [name for values in told["valeurs"] for name in values["declinaisons"]]
    assert len(declinations) == len(set(declinations)) > 0
    assert all(
        values["unite"] and values["niveaux"] and values["jeux"] for values in told["valeurs"]
    )
