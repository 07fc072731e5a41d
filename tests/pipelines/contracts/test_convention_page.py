"""docs/convention.md says what the contracts of a convention's files ask, and its examples pass."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from pipelines import territory
from pipelines.contracts.base import Field
from pipelines.ingest.arrivals import arrivals
from pipelines.ingest.convention import DATASETS
from pipelines.ingest.dataset import Dataset
from pipelines.settings import ROOT
from pipelines.sources import SourceFile, seal

PAGE = (ROOT / "docs" / "convention.md").read_text("utf-8")
SECTION = re.compile(
    r"^##+ `(\w+)\.\w+`(?: \(jeu `convention_(\w+)`\))?\n(.*?)(?=^##|\Z)",
    re.MULTILINE | re.DOTALL,
)
ROW = re.compile(r"^\| `([\w.]+)` \| (oui|non) \| (.+) \|$", re.MULTILINE)
EXAMPLE = re.compile(r"```(?:csv|yaml)\n(.*?)```", re.DOTALL)
# Of a file that may have no line.
EMPTY = "Peut être vide."
# Lists that grow: the page gives some of their words.
OPEN = "par exemple"

SECTIONS = {f"convention_{jeu or name}": text for name, jeu, text in SECTION.findall(PAGE)}
TERRITORY = SECTIONS.pop("convention_territoire")
(SIDECAR,) = (text for text in EXAMPLE.findall(PAGE) if text.startswith("jeu:"))
BY_KEY = {dataset.jeu: dataset for dataset in DATASETS}
# What a key of the territory's file holds, where it holds keys.
PARTS: dict[str, type[BaseModel]] = {
    "convention": territory.Convention,
    "communes": territory.Commune,
    "references": territory.Reference,
}


def marks(section: str) -> dict[str, bool]:
    """What a table of the page lists, and whether it is compulsory."""
    return {name: mark == "oui" for name, mark, _ in ROW.findall(section)}


def example(section: str) -> str:
    (found,) = EXAMPLE.findall(section)
    return str(found)


def closed_lists() -> Iterator[tuple[Field, str]]:
    """Each column that is one of a closed list, and what the page says that it holds."""
    for key, dataset in BY_KEY.items():
        said = {name: text for name, _, text in ROW.findall(SECTIONS[key])}
        for column in dataset.contract.fields:
            if column.values and OPEN not in said[column.name]:
                yield column, said[column.name]


def read_whole(file: SourceFile) -> None:
    """Hold a file to its contract: its two lines are kept, and nothing is found in it."""
    admission = BY_KEY[file.fiche.jeu].admit(file)
    assert admission.findings.rows() == [], file.source_id
    assert admission.kept.height == 2, file.source_id


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a convention whose files are the examples of the page, and nothing else."""
    folder = tmp_path / "conventions" / "bethune"
    folder.mkdir(parents=True)
    monkeypatch.setenv("OBSERVATOIRE_SOURCES", str(tmp_path))
    monkeypatch.setenv("OBSERVATOIRE_CONVENTION", folder.name)
    (folder / territory.FILE).write_text(example(TERRITORY), "utf-8")
    for key, section in SECTIONS.items():
        (folder / f"{key.removeprefix('convention_')}.csv").write_text(example(section), "utf-8")
    return folder


def test_the_page_has_a_section_for_each_file_and_no_other() -> None:
    assert set(SECTIONS) == set(BY_KEY)


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.jeu)
def test_the_page_gives_each_column_of_a_file_and_marks_those_that_are_compulsory(
    dataset: Dataset,
) -> None:
    asked = {column.name: not column.nullable for column in dataset.contract.fields}
    assert marks(SECTIONS[dataset.jeu]) == asked


def test_the_page_says_which_files_may_have_no_line() -> None:
    told = {key for key, section in SECTIONS.items() if EMPTY in section}
    assert told == {key for key, dataset in BY_KEY.items() if dataset.contract.may_be_empty}


def test_the_page_gives_each_key_of_a_territory_and_marks_those_that_are_compulsory() -> None:
    asked: dict[str, bool] = {}
    for name, field in territory.Territory.model_fields.items():
        inside = PARTS[name].model_fields if name in PARTS else {}
        asked |= {f"{name}.{key}": part.is_required() for key, part in inside.items()}
        asked |= {} if inside else {name: field.is_required()}
    assert marks(TERRITORY) == asked


@pytest.mark.parametrize(
    ("column", "said"),
    [pytest.param(*listed, id=listed[0].name) for listed in closed_lists()],
)
def test_the_page_gives_each_value_of_a_closed_list(column: Field, said: str) -> None:
    assert [value for value in column.values if value not in said] == []


@pytest.mark.usefixtures("written")
def test_each_example_of_the_page_is_recognised_without_a_sidecar_and_admitted() -> None:
    here = arrivals()
    assert here.unknown == ()
    assert sorted(file.fiche.jeu for file in here.files) == sorted(BY_KEY)
    for file in here.files:
        read_whole(file)


def test_the_sidecar_of_the_page_once_sealed_describes_the_registry_of_the_page(
    written: Path,
) -> None:
    (written / "registre.csv.fiche.yml").write_text(SIDECAR, "utf-8")
    seal(written / "registre.csv")
    (file,) = (file for file in arrivals().files if file.state == "extrait")
    assert file.fiche.jeu == "convention_registre"
    assert file.as_described
    read_whole(file)
