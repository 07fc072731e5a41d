"""The committed extracts are what the tool makes of the publishers' files, byte for byte."""

import hashlib
from pathlib import Path

import pytest
import yaml

from pipelines.extract import EXTRACTS, Extract, write
from pipelines.ingest.datasets import DATASETS
from pipelines.sources import SUFFIX, catalogue, publications

SOURCES = Path(__file__).parents[2] / "sources"
FILES = {file.source_id: file for file in catalogue(SOURCES)}
CATALOGUE = publications(SOURCES)

each_extract = pytest.mark.parametrize("extract", EXTRACTS, ids=lambda extract: extract.target)


@each_extract
def test_the_committed_extract_is_remade_to_the_byte(
    extract: Extract, published: Path, tmp_path: Path
) -> None:
    for path in write(extract, published, tmp_path):
        committed = SOURCES / path.relative_to(tmp_path)
        assert path.read_bytes() == committed.read_bytes(), committed


@each_extract
def test_the_committed_sidecar_is_what_the_tool_says_of_the_committed_extract(
    extract: Extract,
) -> None:
    path = SOURCES / extract.target
    content = path.read_bytes()
    said = path.with_name(path.name + SUFFIX).read_bytes().decode("utf-8")
    assert said == extract.fiche(content)
    words = yaml.safe_load(said)
    assert (words["octets"], words["sha256"]) == (
        len(content),
        hashlib.sha256(content).hexdigest(),
    )


@each_extract
def test_a_sidecar_names_its_publication_and_repeats_nothing_that_the_catalogue_says_of_it(
    extract: Extract,
) -> None:
    words = yaml.safe_load(extract.fiche(b""))
    entry = CATALOGUE[words["publication"]].publication.model_dump()
    assert words["publication"] == extract.publication
    assert all(entry[name] != words[name] for name in extract.own)
    assert set(words) - set(extract.own) <= {
        *("publication", "extrait", "octets", "sha256", "chiffres_de_controle")
    }


@each_extract
def test_an_extract_feeds_a_data_set_with_what_its_publication_says(extract: Extract) -> None:
    fiche = FILES[extract.target].fiche
    entry = CATALOGUE[extract.publication].publication
    assert fiche.jeu in {dataset.jeu for dataset in DATASETS}
    assert (fiche.publication, fiche.extrait) == (extract.publication, extract.kept)
    assert (fiche.millesime, fiche.licence) == (entry.millesime, entry.licence)


def test_no_two_extracts_are_one_file() -> None:
    assert len({extract.target for extract in EXTRACTS}) == len(EXTRACTS)
