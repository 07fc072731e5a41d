"""What a unit test of dbt cannot say: run the compiled SQL on tables made by hand."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import polars as pl

from tests.dbt_project.conftest import Built

Rows = Sequence[Mapping[str, Any]]


def run(built: Built, model: str, **inputs: Rows) -> list[dict[str, Any]]:
    """The rows that a model makes of its inputs, in an empty DuckDB in memory."""
    sql = built.compiled(model)
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
            {"iris": str(n), "territoire_id": str(n), "niveau": "district"} for n in counts
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
