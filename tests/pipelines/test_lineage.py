"""What situates a row, and what changes the fingerprint of a rule."""

import re
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from pipelines import lineage
from pipelines.ingest.dataset import Dataset
from pipelines.ingest.datasets import DATASETS
from pipelines.project import manifest


@pytest.fixture(scope="module")
def rules() -> dict[str, dict[str, Any]]:
    """The rules of the project, by name."""
    return {row["modele"]: row for row in lineage.rules_frame().to_dicts()}


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.table)
def test_a_data_set_says_what_situates_its_rows_by_columns_that_it_has(dataset: Dataset) -> None:
    assert dataset.place is not None, "declare `place`: the lineage of values is read from it"
    columns = {*dataset.place.columns, *filter(None, (dataset.subject, dataset.year))}
    assert columns <= set(dataset.contract.nothing().columns)
    assert bool(dataset.place.columns) == (dataset.place.nature != "ensemble")


def test_every_model_is_a_rule_that_comes_after_those_that_it_reads(
    rules: dict[str, dict[str, Any]],
) -> None:
    models = {
        node["name"]: {parent.split(".")[-1] for parent in node["depends_on"]["nodes"]}
        for node in manifest()["nodes"].values()
        if node["resource_type"] == "model"
    }
    assert set(models) | set(lineage.COMPUTED) == set(rules)
    for name, parents in models.items():
        known = parents & set(rules)
        assert known <= set(rules[name]["amont"])
        assert all(rules[parent]["rang"] < rules[name]["rang"] for parent in known)
        assert rules[name]["amont"][-1] == name


def test_the_placement_of_the_registry_leads_back_to_the_files_that_it_is_made_of(
    rules: dict[str, dict[str, Any]],
) -> None:
    services = rules["int_services"]
    assert "observatoire_placements" in services["amont"]
    assert {"convention_placements", "geo_adresses"} <= set(services["tables_lues"])


def test_a_rule_knows_the_parameters_that_it_reads_whatever_its_language(
    rules: dict[str, dict[str, Any]],
) -> None:
    def names(rule: str) -> set[str]:
        return {text.split(" = ")[0] for text in rules[rule]["parametres"]}

    assert "effet_de_sondage" in names("int_population_territoires"), "by the macros of the census"
    assert {"effet_de_sondage", "graine"} == names("est_population_listes"), "by its configuration"
    assert {"tirages", "tirages_minimum"} <= names("int_tirages"), "in its own text"
    assert names("stg_insee__iris") == set()


@pytest.mark.parametrize(
    ("sql", "same"),
    [
        ("select a\n    from t", True),
        ("-- why\nselect a from t", True),
        ("{#- why -#}\nselect a from t", True),
        ("select b from t", False),
        ("select a from t where a > 0", False),
    ],
)
def test_the_fingerprint_of_a_model_changes_with_what_it_does_only(sql: str, same: bool) -> None:
    def of(code: str) -> str:
        return lineage._code({"language": "sql", "raw_code": code})

    assert (of(sql) == of("select a from t")) is same


def test_a_model_in_python_answers_for_the_modules_that_it_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lineage, "ROOT", tmp_path)
    folder = tmp_path / "pipelines" / "estimation"
    folder.mkdir(parents=True)
    (folder / "places.py").write_text("from pipelines.estimation.draws import stream\n")
    (folder / "draws.py").write_text("def stream(seed): return seed\n")
    node = {"language": "python", "raw_code": "from pipelines.estimation import places\n"}
    first = lineage._code(node)
    (folder / "draws.py").write_text("# why\n\n\ndef stream(seed):\n    return seed\n")
    assert lineage._code(node) == first
    (folder / "draws.py").write_text("def stream(seed): return seed + 1\n")
    assert lineage._code(node) != first


def located(dataset: Dataset, frame: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows of one data set, as the lineage reads them."""
    with duckdb.connect() as connection:
        connection.execute("create schema brut")
        connection.register("frame", frame.to_arrow())
        connection.execute(f"create table brut.{dataset.table} as from frame")
        rows: list[dict[str, Any]] = (
            connection.execute(lineage.rows_query([dataset])).pl().to_dicts()
        )
    return rows


def table(name: str) -> Dataset:
    return next(dataset for dataset in DATASETS if dataset.table == name)


def rows_of(dataset: Dataset, *rows: dict[str, Any]) -> pl.DataFrame:
    """Rows of a data set, empty where nothing is said of a column."""
    empty = dataset.rows([])
    return pl.concat([empty, pl.DataFrame(list(rows), schema=dict(empty.schema), orient="row")])


def test_an_equipment_that_is_in_no_iris_stands_in_its_commune() -> None:
    bpe = table("insee_bpe")
    spellings = ["593500207", "59350_0207", "593500000", "CSZ", "59350"]
    found = located(
        bpe,
        rows_of(
            bpe,
            *({"ligne": i, "dciris": text, "depcom": "59350"} for i, text in enumerate(spellings)),
        ),
    )
    assert [row["lieux"] for row in found] == [["593500207"]] * 2 + [["59350"]] * 3


def test_a_cell_may_name_several_lines_of_the_registry() -> None:
    capacities = table("convention_capacites")
    (found,) = located(capacities, rows_of(capacities, {"ligne": 2, "lignes": "LIL-016+LIL-017"}))
    assert (found["nature"], found["lieux"]) == ("ligne", ["LIL-016", "LIL-017"])


def test_the_fingerprint_of_a_line_is_that_of_its_content_not_of_its_number_or_file() -> None:
    registry = table("convention_registre")
    line = {"ligne_id": "LIL-001", "nom": "Multi-accueil", "ligne": 2, "source_id": "a.csv"}
    rows = [line, line | {"ligne": 9, "source_id": "b.csv"}, line | {"nom": "Multi-accueil 2"}]
    same, moved, other = (row["empreinte"] for row in located(registry, rows_of(registry, *rows)))
    assert same == moved != other
    assert re.fullmatch(r"[0-9a-f]{16}", same)
