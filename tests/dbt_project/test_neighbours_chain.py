"""From the rows of an invented neighbour to PE05 of the district beside it, worked out by hand.

The district has 100 children of 0-2 and ten places. The neighbour has 300 and twenty, at the same
point so that nothing is lost on the way. A second neighbour, without places, stays out.
"""

import importlib.util
from typing import Any

import duckdb
import polars as pl
import pytest

from pipelines.settings import DBT_PROJECT
from tests.dbt_project.conftest import Built
from tests.dbt_project.test_by_hand import run
from tests.dbt_project.test_python_models import parameters

POINT = {"lon": 3.06, "lat": 50.63}
SYSTEM = {"millesime": 2019, "edition": "Cnaf 2019", "edition_population": "RP 2019"}
WHOLE, LACKING = "59009", "59328"
HERE = {"commune_insee": "59350", "iris": "593500101"}

Rows = list[dict[str, Any]]
GEOGRAPHY = {"geographie": 2020, "edition": "IGN 2020"}
INPUTS: dict[str, Rows] = {
    "int_recensement_des_places": [SYSTEM | {"source_population": "pop.csv"}],
    "stg_voisins__communes": [{"commune_insee": WHOLE}, {"commune_insee": LACKING}],
    "stg_voisins__iris": [
        {"iris": f"{town}0101", "commune_insee": town, "libelle_commune": name,
         "geographie": 2019, "edition": "2019", "source_id": "iris.csv"}
        for town, name in ((WHOLE, "Voisine"), (LACKING, "Incomplète"))
    ],
    "stg_voisins__population": [
        {"iris": f"{town}0101", "commune_insee": town, "enfants_0_2_ans": 300.0,
         "millesime": 2019, "edition": "RP 2019", "source_id": "pop.csv"}
        for town in (WHOLE, LACKING)
    ],
    "stg_voisins__points": [
        {"iris": f"{town}0101", "source_id": "points.csv"} | POINT | GEOGRAPHY
        for town in (WHOLE, LACKING)
    ],
    "stg_voisins__bpe": [
        {"iris": f"{town}0101", "commune_insee": town, "type_equipement": "D502",
         "equipements": 2, "millesime": 2019, "edition": "BPE 2019", "source_id": "bpe.csv"}
        for town in (WHOLE, LACKING)
    ],
    # A childminders' relay is no place of care.
    "stg_voisins__bpe_localisee": [
        {"iris": f"{WHOLE}0101", "commune_insee": WHOLE, "type_equipement": "D503",
         "equipements": 9, "millesime": 2019, "edition": "BPE 2019", "source_id": "bpe.csv"}
    ],
    "stg_voisins__places": [
        {"commune_insee": WHOLE, "annee": 2019, "places": 20, "edition": "Cnaf 2019",
         "source_id": "places.csv"}
    ],
    "int_population_iris": [
        HERE | {"tranche_age": "0-2 ans", "personnes": 100.0, "millesime": 2019,
                "edition": "RP 2019"}
    ],
    "int_iris": [HERE],
    "int_places_a_repartir": [
        {"commune_insee": "59350", "millesime": 2019, "edition": "Cnaf 2019",
         "empechement": None}
    ],
    "int_points_iris": [HERE | POINT],
    "int_iris_territoires": [
        {"iris": HERE["iris"], "territoire_id": "5935001", "niveau": "district",
         "iris_du_territoire": 1}
    ],
    "int_sites_eaje": [
        {"scenario_id": "référence", "site_id": "S1", "service_id": None, "unite_id": "5935001",
         "etablissements": 2.0, "part_ouverte": 1.0, "millesime": 2019,
         "edition": "Cnaf 2019"} | POINT
    ],
    "est_sites": [
        {"scenario_id": "référence", "site_id": "S1", "millesime": 2019, "edition": "Cnaf 2019",
         "places": [10.0] * 4}
    ],
    "int_couverture_eaje": [
        {"scenario_id": "référence", "territoire_id": "5935001", "niveau": "district",
         "edition_places": "Cnaf 2019", "enfants": 100.0, "valeur": 10.0,
         "completude_pct": 100.0, "statut": "estimé", "motif": None, "sources": "places.csv",
         "millesime": 2019, "edition": "Cnaf 2019 ; RP 2019", "edition_population": "RP 2019"}
    ],
    "ind_pe03": [
        {"territoire_id": "5935001", "niveau": "district", "millesime": 2019,
         "edition": "Cnaf 2019 ; RP 2019", "valeur": 10.0, "completude_pct": 100.0,
         "motif": "Plancher.", "sources": "places.csv"}
    ],
    "int_eaje": [{"places": places, "collectif": True} for places in (10, 20, 30)],
    "int_tirages": [{"tirages": 3}],
    "stg_observatoire__sources": [
        {"jeu": "geo_iris", "source_id": "iris_centroides.csv", "edition": "2022",
         "millesime": 2022}
    ],
}  # fmt: skip


class Dbt:
    """What dbt hands to the model in Python: the tables made so far."""

    def __init__(self, tables: dict[str, Rows]) -> None:
        self.tables = tables
        self.config = parameters()

    def ref(self, name: str) -> duckdb.DuckDBPyRelation:
        frame = pl.DataFrame(self.tables[name], infer_schema_length=None)
        return duckdb.from_arrow(frame.to_arrow())


@pytest.fixture(scope="module")
def made(built: Built) -> dict[str, Rows]:
    tables = dict(INPUTS)
    for name in ("int_voisins_iris", "int_voisins_sites", "int_voisins", "int_enfants_situes"):
        tables[name] = run(built, name, **tables)
    path = next(DBT_PROJECT.joinpath("models").rglob("est_accessibilite.py"))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    tables[path.stem] = pl.DataFrame(module.model(Dbt(tables), None)).to_dicts()
    for name in ("int_accessibilite_territoires", "ind_pe05"):
        tables[name] = run(built, name, **tables)
    return tables


def test_the_children_and_the_places_of_a_neighbour_are_shared_with_the_district(
    made: dict[str, Rows],
) -> None:
    # 10 places for 100 + 300 children, and 20 for the same: 7.5 for 100 within reach, not 10.
    (row,) = made["ind_pe05"]
    assert (row["territoire_id"], row["statut"]) == ("5935001", "estimé")
    assert row["valeur"] == pytest.approx(7.5)
    assert row["numerateur"] == pytest.approx(7.5)


def test_a_neighbour_without_places_brings_no_children_and_is_named(made: dict[str, Rows]) -> None:
    assert {row["iris"] for row in made["int_enfants_situes"]} == {HERE["iris"], f"{WHOLE}0101"}
    assert "Incomplète" in made["ind_pe05"][0]["motif"]
    assert "Voisine" not in made["ind_pe05"][0]["motif"]
