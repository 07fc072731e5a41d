"""Rows of the communes around a territory: taken apart, and never as rows of the territory."""

from pathlib import Path

import polars as pl
import pytest
import yaml

from pipelines import territory
from pipelines.errors import SourceError
from pipelines.ingest.datasets import DATASETS
from pipelines.ingest.scope import Scope, scope_of
from pipelines.settings import ROOT
from pipelines.sources import SourceFile
from tests.pipelines.contracts.editions import described

LILLE = ROOT / "sources" / "conventions" / "lille-2021"
POINTS = next(dataset for dataset in DATASETS if dataset.table == "geo_iris")
SCOPE = Scope(frozenset(["59350"]), neighbours=frozenset(["59009"]))
ROWS = (
    "593500101;Centre;3.06;50.63;0.1",
    "590090101;Pont de Bois;3.14;50.63;0.2",
    "595990101;Tourcoing;3.16;50.72;0.3",
)


def points(folder: Path, *rows: str) -> SourceFile:
    path = folder / "iris_centroides.csv"
    path.write_text("\n".join(("IRIS;LIB_IRIS;lon;lat;surface_km2", *rows)) + "\n", "utf-8")
    return described(path, folder, "geo_iris", 2020)


def written(folder: Path, neighbours: list[str]) -> Path:
    content = yaml.safe_load((LILLE / "territoire.yml").read_text("utf-8"))
    (folder / "territoire.yml").write_text(yaml.safe_dump(content | {"voisins": neighbours}))
    return folder


def test_the_rows_of_the_neighbours_are_taken_apart_from_those_of_the_territory(
    tmp_path: Path,
) -> None:
    file = points(tmp_path, *ROWS)
    here = POINTS.admit(file, SCOPE)
    beyond = POINTS.admit_beyond(file, SCOPE, here)
    assert here.kept["iris"].to_list() == ["593500101"]
    assert here.rows_elsewhere == 2
    assert beyond.kept["iris"].to_list() == ["590090101"]


def test_a_territory_that_names_no_neighbour_takes_nothing_beyond_its_limit(
    tmp_path: Path,
) -> None:
    file = points(tmp_path, *ROWS)
    alone = Scope(frozenset(["59350"]))
    assert POINTS.admit_beyond(file, alone, POINTS.admit(file, alone)).kept.is_empty()


def test_an_extract_of_the_territory_has_nothing_of_its_neighbours(tmp_path: Path) -> None:
    file = points(tmp_path, ROWS[0])
    beyond = POINTS.admit_beyond(file, SCOPE, POINTS.admit(file, SCOPE))
    assert beyond.kept.is_empty()
    assert beyond.kept.schema == POINTS.admit(file, SCOPE).kept.schema


def test_a_wrong_row_of_a_neighbour_stays_out_and_says_nothing_of_the_territory(
    tmp_path: Path,
) -> None:
    file = points(tmp_path, ROWS[0], "590090101;Pont de Bois;très loin;50.63;0.2")
    here = POINTS.admit(file, SCOPE)
    assert here.findings.is_empty()
    assert POINTS.admit_beyond(file, SCOPE, here).kept.is_empty()


def test_what_goes_beyond_the_territory_is_what_accessibility_needs() -> None:
    assert {dataset.table for dataset in DATASETS if dataset.beyond} == {
        "insee_population",
        "insee_bpe",
        "insee_bpe_localisee",
        "insee_iris",
        "geo_iris",
        "caf_places",
    }


def test_the_neighbours_of_the_territory_file_are_those_of_the_scope(tmp_path: Path) -> None:
    ground = territory.load(written(tmp_path, ["59009", "59360"]))
    assert ground.around()["commune_insee"].to_list() == ["59009", "59360"]
    scope = scope_of(ground)
    assert scope.around == Scope(frozenset(["59009", "59360"]))
    assert not scope.communes & scope.neighbours


def test_a_territory_file_needs_no_neighbours() -> None:
    ground = territory.load(LILLE.parent / "weppes")
    assert ground.around().schema == {"commune_insee": pl.String}
    assert ground.around().is_empty()


@pytest.mark.parametrize("neighbours", [["59350"], ["59009", "59009"]], ids=["own", "twice"])
def test_a_neighbour_is_another_commune_named_once(neighbours: list[str], tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=f"le voisin {neighbours[0]} est du territoire, ou y est"):
        territory.load(written(tmp_path, neighbours))


def test_a_neighbour_is_an_insee_code(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"clé voisins\.0"):
        territory.load(written(tmp_path, ["Loos"]))
