"""The territory: its communes and districts, and the errors of a file that does not hold.

A convention has a folder under `sources/conventions/`, its territory in it.
"""

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from pipelines import territory
from pipelines.contracts.base import failures
from pipelines.contracts.convention import PLACEMENT
from pipelines.contracts.geo import DISTRICT_OUTLINES
from pipelines.errors import SourceError
from pipelines.ingest.datasets import DATASETS
from pipelines.sources import catalogue, files_of

SOURCES = Path(__file__).parents[2] / "sources"
LILLE = SOURCES / "conventions" / "lille-2021"
CONVENTIONS = sorted(path for path in (SOURCES / "conventions").iterdir() if path.is_dir())


def written(tmp_path: Path, **changed: Any) -> Path:
    """A folder whose territory differs from the real one by `changed`."""
    content = yaml.safe_load((LILLE / "territoire.yml").read_text("utf-8")) | changed
    content = {key: value for key, value in content.items() if value is not ...}
    (tmp_path / "territoire.yml").write_text(yaml.safe_dump(content), "utf-8")
    return tmp_path


def test_the_file_gives_a_territory_three_communes_seventeen_districts_and_references() -> None:
    frame = territory.load(LILLE).frame()
    counts = dict(frame.group_by("niveau").len().iter_rows())
    assert counts == {"territoire": 1, "commune": 3, "district": 17, "référence": 2}
    assert frame["territoire_id"].is_unique().all()


def test_each_district_is_of_the_commune_that_the_convention_names() -> None:
    frame = territory.load(LILLE).frame().filter(pl.col("niveau") == "district")
    by_commune = dict(frame.group_by("commune_id").len().iter_rows())
    # The ten quarters of Lille, the three of Hellemmes and the four of Lomme.
    assert by_commune == {"59350-LILLE": 10, "59298": 3, "59355": 4}


def test_every_iris_of_the_reference_falls_in_exactly_one_district() -> None:
    dataset = next(dataset for dataset in DATASETS if dataset.table == "insee_iris")
    (file,) = files_of(dataset.jeu, catalogue(SOURCES))
    districts = [
        district
        for commune in territory.load(LILLE).communes
        for district in commune.districts or ()
    ]
    iris = dataset.admit(file).kept["code_iris"].to_list()
    assert len(iris) == 110
    homes = [[district for district in districts if code.startswith(district)] for code in iris]
    assert all(len(found) == 1 for found in homes)
    assert {found[0] for found in homes} == set(districts)


COMMUNE = {"id": "59298", "libelle": "Hellemmes", "gestionnaire": "Ville"}


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"communes": [COMMUNE | {"districts": []}]}, "communes.0.districts"),
        ({"communes": []}, "communes"),
        ({"communes": [COMMUNE | {"id": "Lille", "districts": ["5935024"]}]}, "communes.0.id"),
        ({"convention": ...}, "convention"),
        ({"departement": "59"}, "departement"),
        ({"chiffres_du_code_district": 5}, "chiffres_du_code_district"),
        ({"chiffres_du_code_district": 9}, "chiffres_du_code_district"),
        (
            {"convention": {"titre": "CTG", "debut": "2027-01-01", "fin": "2022-12-31"}},
            "convention",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_wrong_territory_is_told_with_its_key(
    changed: dict[str, Any], place: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceError) as caught:
        territory.load(written(tmp_path, **changed))
    assert str(caught.value).startswith(f"territoire.yml, clé {place} : ")
    assert "Remède : " in str(caught.value)


@pytest.mark.parametrize("folder", CONVENTIONS, ids=lambda folder: folder.name)
def test_every_convention_of_the_repository_has_a_territory_of_its_own(folder: Path) -> None:
    frame = territory.load(folder).frame()
    (whole,) = frame.filter(pl.col("niveau") == "territoire")["territoire_id"]
    others = {territory.load(other).id for other in CONVENTIONS if other != folder}
    assert whole not in others
    assert frame.filter(pl.col("niveau") == "commune").height == len(
        territory.load(folder).communes
    )


def test_a_commune_of_corsica_lists_its_districts(tmp_path: Path) -> None:
    ajaccio = {"id": "2A004", "libelle": "Ajaccio", "districts": ["2A00401", "2A00402"]}
    frame = territory.load(written(tmp_path, communes=[ajaccio])).frame()
    districts = frame.filter(pl.col("niveau") == "district")["territoire_id"]
    assert districts.to_list() == ajaccio["districts"]
    for contract, column in ((PLACEMENT, "district_id"), (DISTRICT_OUTLINES, "district_id")):
        assert failures(contract.as_read([column]), pl.DataFrame({column: districts})).is_empty()
    iris = pl.DataFrame({"iris": ["2A0040101"]})
    assert failures(PLACEMENT.as_read(["iris"]), iris).is_empty()


def test_a_district_that_is_no_large_quarter_is_told(tmp_path: Path) -> None:
    for district in ("593502", "593500101", "59A5024"):
        home = COMMUNE | {"districts": [district]}
        with pytest.raises(SourceError, match=f"district {district} : grand quartier"):
            territory.load(written(tmp_path, communes=[home]))


def test_a_commune_that_lists_no_district_has_those_that_insee_gives_it(tmp_path: Path) -> None:
    frame = territory.load(written(tmp_path, communes=[COMMUNE])).frame()
    assert frame.filter(pl.col("niveau") == "district").is_empty()
    commune = frame.filter(pl.col("niveau") == "commune").row(0, named=True)
    assert (commune["territoire_id"], commune["commune_insee"]) == ("59298", "59298")


HOME = {"insee": "59350", "districts": ["5935024"]}


@pytest.mark.parametrize(
    ("communes", "message"),
    [
        (
            [COMMUNE | HOME, {"id": "59355", "libelle": "Lomme", "insee": "59350"}],
            "la commune 59355 partage la commune Insee 59350 : elle liste ses districts",
        ),
        (
            [COMMUNE | HOME, COMMUNE | HOME],
            "l'identifiant 59298 y est deux fois",
        ),
        (
            [COMMUNE | HOME, {"id": "59355", "libelle": "Lomme"} | HOME],
            "l'identifiant 5935024 y est deux fois",
        ),
        ([{"id": "59350", "libelle": "Lille"}], "l'identifiant 59350 y est deux fois"),
    ],
    ids=["shared without districts", "commune twice", "district twice", "as the territory"],
)
def test_communes_that_cannot_be_told_apart_are_refused(
    communes: list[dict[str, Any]], message: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceError) as caught:
        territory.load(written(tmp_path, communes=communes))
    assert message in str(caught.value)
    assert str(caught.value).startswith("territoire.yml, ")


def test_the_territory_is_that_of_the_convention_that_is_chosen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OBSERVATOIRE_CONVENTION", "roubaix")
    chosen = territory.load()
    assert (chosen.id, chosen.insee_communes) == ("CTG-ROUBAIX", ("59512",))


def test_a_convention_without_a_folder_is_told_with_those_that_have_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OBSERVATOIRE_CONVENTION", "nulle-part")
    with pytest.raises(SourceError) as caught:
        territory.load()
    assert str(caught.value).startswith("sources/conventions/nulle-part, ")
    assert all(folder.name in caught.value.problem for folder in CONVENTIONS)
    assert "Remède : " in str(caught.value)


@pytest.mark.parametrize(
    "changed", [{"communes": [COMMUNE | {"districts": []}]}, {"convention": ...}], ids=str
)
def test_no_english_reaches_the_reader_of_a_wrong_territory(
    changed: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(SourceError) as caught:
        territory.load(written(tmp_path, **changed))
    english = r"\b(field|required|input|should|valid|validation|item|list|least|not)\b"
    assert not re.findall(english, str(caught.value), re.IGNORECASE)


def test_an_absent_territory_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"^territoire\.yml, .*le fichier est absent\. Remède : "):
        territory.load(tmp_path)


@pytest.mark.parametrize("content", ["communes: [", "", "- a\n"], ids=["broken", "empty", "list"])
def test_a_territory_that_is_no_mapping_is_told(content: str, tmp_path: Path) -> None:
    (tmp_path / "territoire.yml").write_text(content, "utf-8")
    with pytest.raises(SourceError) as caught:
        territory.load(tmp_path)
    assert re.match(r"territoire\.yml, \S.* : .*Remède : ", str(caught.value))


def test_a_territory_in_latin_1_is_told(tmp_path: Path) -> None:
    (tmp_path / "territoire.yml").write_bytes("libelle: Hélène".encode("latin-1"))
    with pytest.raises(SourceError, match=r"territoire\.yml"):
        territory.load(tmp_path)
