"""What a unit test of dbt cannot say: run the compiled SQL on tables made by hand."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import transform
from pipelines.ingest.insee import TYPES
from pipelines.rules import BROKEN, Outcome
from tests.dbt_project.conftest import Built

Rows = Sequence[Mapping[str, Any]]


def run(built: Built, name: str, **inputs: Rows) -> list[dict[str, Any]]:
    """The rows that a model, or a test, makes of its inputs, in an empty DuckDB in memory."""
    sql = built.compiled(name)
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as observatoire")
        for schema, table in set(re.findall(r'"observatoire"\."(\w+)"\."(\w+)"', sql)):
            frame = pl.DataFrame(list(inputs[table]), infer_schema_length=None)
            connection.execute(f'create schema if not exists observatoire."{schema}"')
            connection.register("frame", frame)
            connection.execute(f'create table observatoire."{schema}"."{table}" as from frame')
        rows: list[dict[str, Any]] = connection.execute(sql).pl().to_dicts()
        return rows


def test_a_band_of_ages_is_a_union_of_insee_bands_never_a_part_of_one(built: Built) -> None:
    # The ten bands that Insee publishes for an IRIS, from P{aa}_POP0002 to P{aa}_POP80P.
    insee = [(0, 2), (3, 5), (6, 10), (11, 17), (18, 24), (25, 39), (40, 54), (55, 64), (65, 79),
             (80, 200)]  # fmt: skip
    starts, ends = {low for low, _ in insee}, {high for _, high in insee}
    bands = {
        row["tranche_age"]: (row["age_min_ans"], row["age_max_ans"])
        for row in run(built, "int_tranches_age")
    }
    assert all(low in starts and high in ends for low, high in bands.values())
    assert set(insee) <= set(bands.values())
    assert bands["3-10 ans"] == (3, 10)
    assert bands["0-5 ans"] == (0, 5)
    assert bands["ensemble"] == (0, 200)


def test_two_services_of_one_annexe_stay_two_when_another_annexe_names_one(built: Built) -> None:
    # Annexe 1 lists two multi-accueils at 125 rue Jean Prouvé; annexe 1 bis lists one there. What
    # the third line is may be discussed; that annexe 1 alone counts two may not.
    lines = [
        {"ligne_id": "LIL-002", "annexe": "1", "ordre": 2},
        {"ligne_id": "LIL-003", "annexe": "1", "ordre": 3},
        {"ligne_id": "LOM-002", "annexe": "1 bis", "ordre": 2},
    ]
    commun = {"type_service": "EAJE", "type_imprime": "EAJE", "commune_id": "59350-LILLE"}
    services = {
        row["ligne_id"]: row["service_id"]
        for row in run(
            built,
            "int_lignes_services",
            int_registre=[line | commun for line in lines],
            int_lieux=[
                {
                    "ligne_id": line["ligne_id"],
                    "commune_id": "59350-LILLE",
                    "adresse": "125 rue Jean Prouvé",
                    "adresse_normalisee": "125 rue jean prouve",
                    "rang": 1,
                }
                for line in lines
            ],
        )
    }
    assert services["LIL-002"] != services["LIL-003"]


def test_the_interval_of_the_census_is_wider_for_a_smaller_count(built: Built) -> None:
    # By hand: n(1 ± 2√(3 / n)) is ±34.6 % of 100, ±20 % of 300, ±10 % of 1 200, ±2 % of 30 000.
    counts = {100: 34.641, 300: 20.0, 1_200: 10.0, 30_000: 2.0}
    rows = run(
        built,
        "int_population_territoires",
        int_population_iris=[
            {
                "iris": str(n),
                "tranche_age": "0-2 ans",
                "personnes": float(n),
                "millesime": 2019,
                "edition": "RP",
                "source_id": "pop.csv",
            }
            for n in counts
        ],
        int_iris_territoires=[
            {
                "iris": str(n),
                "territoire_id": str(n),
                "niveau": "district",
                "iris_du_territoire": 1,
            }
            for n in counts
        ],
    )
    found = {
        row["personnes"]: (row["borne_basse_personnes"], row["borne_haute_personnes"])
        for row in rows
    }
    for n, percent in counts.items():
        low, high = found[n]
        assert abs(low - n * (1 - percent / 100)) < 0.01
        assert abs(high - n * (1 + percent / 100)) < 0.01


def test_each_nomenclature_of_schools_has_both_kinds(built: Built) -> None:
    kinds: dict[str, set[str]] = {}
    for row in run(built, "int_types_equipement"):
        if row["type_equipement"].startswith("C"):
            kinds.setdefault(row["nomenclature"], set()).update(row["categories"])
    both = {"école maternelle", "école élémentaire"}
    assert kinds == {"ancienne": both, "nouvelle": both}


def test_every_type_of_equipment_that_is_counted_is_taken_from_the_bpe(built: Built) -> None:
    counted = [row["type_equipement"] for row in run(built, "int_types_equipement")]
    assert [name for name in counted if not re.search(TYPES, name)] == []
    assert not re.search(TYPES, "A501"), "a hairdresser is counted by nothing"


@pytest.mark.parametrize("table", ["insee_bpe", "insee_bpe_localisee"])
def test_one_form_of_the_bpe_is_enough_for_the_bpe_to_be_there(table: str, built: Built) -> None:
    rows = run(
        built,
        "int_indicateurs_attendus",
        stg_observatoire__indicateurs=[
            {
                "indicateur_id": name,
                "libelle": name,
                "declinaisons": ["ensemble"],
                "unite": "écoles",
                "niveaux": ["commune"],
                "jeux": ["insee_bpe", "insee_population"],
                "limite": "Une limite.",
            }
            for name in ("ECO01", "DQ03")
        ],
        int_territoires=[{"territoire_id": "59001", "niveau": "commune"}],
        int_communes_insee=[{"territoire_id": "59001", "niveau": "commune", "communes_insee": 1}],
        stg_observatoire__territoires=[
            {"territoire_id": "CTG", "niveau": "territoire", "debut": date(2021, 1, 1)}
        ],
        stg_observatoire__sources=[{"jeu": table}],
        valeurs=[{"indicateur_id": "PE01", "territoire_id": "59350", "niveau": "territoire"}],
    )
    told = {row["indicateur_id"]: row["motif"] for row in rows}
    assert "population par IRIS" in told["ECO01"]
    assert "base permanente des équipements" not in told["ECO01"] + told["DQ03"]


CODES = st.sampled_from([f"59350010{n}" for n in range(8)])
CHANGE = st.tuples(st.integers(2019, 2023), CODES, CODES)


@settings(deadline=None, max_examples=25)
@given(changes=st.lists(CHANGE, max_size=12))
def test_whatever_changes_the_parts_of_a_code_make_one(
    changes: list[tuple[int, str, str]], built: Built
) -> None:
    rows = run(
        built,
        "int_passage_iris",
        stg_insee__iris_modifications=[
            {
                "annee": year,
                "iris_ini": before,
                "iris_fin": after,
                "commune_ini": "59350",
                "commune_fin": "59350",
                "modification": "2",
                "nature": "Déplacement de limites",
            }
            for year, before, after in [*changes, (2019, "593509901", "593509902")]
        ],
        stg_insee__passage_communes=[
            {
                "annee": 2020,
                "code_ini": "59001",
                "code_fin": "59002",
                "part": 1.0,
                "nature": "Fusion",
            }
        ],
        int_iris=[{"iris": "593500100", "geographie": 2023}],
        stg_observatoire__sources=[{"geographie": year} for year in (2018, 2021, 2023)],
    )
    parts: dict[tuple[str, int], float] = {}
    for row in rows:
        key = row["code_source"], row["geographie_source"]
        parts[key] = parts.get(key, 0) + row["part"]
    assert all(abs(part - 1) < 1e-9 for part in parts.values())
    # A code that a file of 2018 uses, and that changes first, has a way to the reference.
    assert {before for _, before, _ in changes} <= {code for code, year in parts if year == 2018}


def test_the_sites_of_the_reference_do_not_depend_on_any_scenario(built: Built) -> None:
    # The levers are taken away from the models that read them; the tables before them stay.
    no_lever = "(select * from observatoire.staging.stg_convention__scenarios where false)"

    def without_levers(model: str) -> str:
        sql = built.compiled(model).replace(
            '"observatoire"."staging"."stg_convention__scenarios"', no_lever
        )
        for table in ("int_scenarios", "int_fermetures"):
            if table != model and f'"{table}"' in sql:
                sql = sql.replace(
                    f'"observatoire"."intermediaire"."{table}"', f"({without_levers(table)})"
                )
        return sql

    with duckdb.connect(str(built.file), read_only=True) as connection:
        without = connection.execute(f"from ({without_levers('int_sites_eaje')}) order by all").pl()
        reference = connection.execute(
            "from intermediaire.int_sites_eaje where scenario_id = 'référence' order by all"
        ).pl()
        scenarios = connection.execute("select count(*) from intermediaire.int_scenarios").pl()
    assert without.height > 50
    assert scenarios.item() > 1, "without a scenario to take away the test proves nothing"
    assert without.equals(reference)


def told(built: Built, test: str, rows: Rows) -> str:
    """What a user is told when a test finds these rows."""
    node = built.nodes[test]
    outcome = Outcome(node, BROKEN, 0, len(rows))
    return transform._complaint(outcome, {node["unique_id"]: pl.DataFrame(list(rows))})


def levers(*rows: dict[str, Any]) -> Rows:
    """Lines of scenarios.csv, the first of which is its line 2."""
    blank = {"scenario_id": "essai", "lignes": None, "territoire_id": None, "source_id": "s.csv"}
    return [blank | {"ligne": number} | row for number, row in enumerate(rows, start=2)]


def test_a_scenario_that_closes_what_has_no_estimated_place_is_told_line_by_line(
    built: Built,
) -> None:
    # An EAJE of known capacity, one of unknown, a crèche familiale of known capacity: they close.
    # A crèche familiale of unknown capacity, an ALSH and a line of no registry do not; nor does an
    # EAJE of unknown capacity in a district that has no establishment left, unless no place of its
    # commune is shared out, so that nothing can close there.
    services = {
        "LIL-001": (True, 50.0, "D1"),
        "LIL-002": (True, None, "D1"),
        "LIL-003": (False, 55.0, "D1"),
        "LIL-004": (False, None, "D1"),
        "LIL-006": (True, None, "D2"),
        "LOM-001": (True, None, "D3"),
    }
    found = run(
        built,
        "scenarios_lignes_connues",
        stg_convention__scenarios=levers(
            {"levier": "fermeture", "lignes": "LIL-001+LIL-002+LIL-003"},
            {"levier": "fermeture", "lignes": "LIL-001+LIL-004"},
            {"levier": "fermeture", "lignes": "LIL-005"},
            {"levier": "fermeture", "lignes": "LIL-999"},
            {"levier": "cible", "lignes": None},
            {"levier": "fermeture", "lignes": "LIL-006+LOM-001"},
        ),
        int_lignes_services=[
            {"ligne_id": name, "service_id": name} for name in [*services, "LIL-005"]
        ],
        int_eaje=[
            {
                "service_id": name,
                "collectif": together,
                "places": places,
                "unite_id": district,
                "commune_id": name[:3],
            }
            for name, (together, places, district) in services.items()
        ],
        int_sites_reference=[
            {"site_id": site, "service_id": service, "unite_id": "D1", "commune_id": "LIL"}
            for site, service in [("S1", "LIL-001"), ("S3", "LIL-003"), ("BPE", None)]
        ],
        int_fermetures=[{"scenario_id": "essai", "site_id": site} for site in ("S1", "S3", "BPE")],
    )
    assert sorted((row["ligne"], row["ligne_id"]) for row in found) == [
        (3, "LIL-004"),
        (4, "LIL-005"),
        (5, "LIL-999"),
        (7, "LIL-006"),
    ]
    last = [row for row in found if row["ligne"] == 5]
    assert told(built, "scenarios_lignes_connues", last) == (
        "contrôle scenarios_lignes_connues : Un scénario ferme une ligne qui n'est pas celle d'un "
        "EAJE du registre dont les places soient estimées : corriger « lignes » dans scenarios.csv "
        "(source_id = s.csv, ligne = 5, scenario_id = essai, ligne_id = LIL-999)."
    )


def test_a_scenario_that_opens_places_nowhere_is_told_line_by_line(built: Built) -> None:
    # Places open in a commune or in a district; a whole territory is not a place to open one in.
    found = run(
        built,
        "scenarios_territoires_connus",
        stg_convention__scenarios=levers(
            {"levier": "ouverture", "territoire_id": "5935005"},
            {"levier": "ouverture", "territoire_id": "59298"},
            {"levier": "ouverture", "territoire_id": "59350"},
            {"levier": "ouverture", "territoire_id": "5935099"},
            {"levier": "fermeture", "territoire_id": None},
        ),
        int_territoires=[
            {"territoire_id": "5935005", "niveau": "district"},
            {"territoire_id": "59298", "niveau": "commune"},
            {"territoire_id": "59350", "niveau": "territoire"},
        ],
    )
    assert sorted((row["ligne"], row["territoire_id"]) for row in found) == [
        (4, "59350"),
        (5, "5935099"),
    ]
    last = [row for row in found if row["ligne"] == 5]
    assert told(built, "scenarios_territoires_connus", last) == (
        "contrôle scenarios_territoires_connus : Un scénario ouvre des places dans un territoire "
        "qui n'est ni un district ni une commune de la convention : corriger « territoire_id » "
        "dans scenarios.csv (source_id = s.csv, ligne = 5, scenario_id = essai, "
        "territoire_id = 5935099)."
    )


def test_a_heading_that_says_no_known_type_is_told_with_its_line_and_the_known_ones(
    built: Built,
) -> None:
    found = run(
        built,
        "rubriques_connues",
        int_registre=[
            {"ligne_id": "TOU-001", "rubrique": "Multi-accueil", "type_service": "EAJE"},
            {"ligne_id": "TOU-002", "rubrique": "Périscolaire et extrascolaire"},
        ],
    )
    message = told(built, "rubriques_connues", found)
    assert "registre.csv" in message
    assert "(ligne_id = TOU-002, rubrique = Périscolaire et extrascolaire" in message
    assert "RAM (RAM, RPE, relais assistantes maternelles" in message
