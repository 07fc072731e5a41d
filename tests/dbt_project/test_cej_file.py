"""From a file of the Caf, in the layout of the CEJ, to the indicators that wait for it.

The file is invented, and laid out as `sources/caf/cej_2019.dictionnaire.csv` says. It is admitted,
protected and read by the project's own contract, models and SQL, without another refresh; every
figure that is expected is worked out by hand beside it.
"""

import csv
import re
from collections.abc import Hashable
from io import StringIO
from typing import Any

import duckdb
import polars as pl
import pytest

from pipelines.cej import protected
from pipelines.contracts.base import admit
from pipelines.contracts.caf import CEJ
from pipelines.settings import DBT_PROJECT, ROOT
from tests.attacker import Equation, worked_out
from tests.dbt_project.conftest import Built
from tests.dbt_project.test_by_hand import run

HEADER = "territoire;niveau;annee;mois_reference;theme;libelle;age_min_ans;age_max_ans;unite;"
FILE = f"""{HEADER}statut;valeur
LIL-001;service;2019;;petite enfance;Places;;;places;publié;20
LIL-001;service;2019;;petite enfance;Heures d'ouverture;;;heures;publié;2000
LIL-001;service;2019;;petite enfance;Heures réalisées;;;heures;publié;30000
LIL-001;service;2019;;petite enfance;Heures facturées;;;heures;publié;33000
LIL-002;service;2019;;petite enfance;Places;;;places;publié;15
LIL-002;service;2019;;petite enfance;Heures d'ouverture;;;heures;publié;2000
LIL-002;service;2019;;petite enfance;Heures réalisées;;;heures;secret;
LIL-002;service;2019;;petite enfance;Heures facturées;;;heures;publié;15000
LIL-003;service;2019;;petite enfance;Places;;;places;publié;5
LIL-003;service;2019;;petite enfance;Heures d'ouverture;;;heures;publié;2000
LIL-003;service;2019;12;petite enfance;HEURES REALISEES;;;heures;publié;6000
LIL-003;service;2019;;petite enfance;Heures facturées;;;heures;publié;6600
HEL-001;service;2019;;petite enfance;Places;;;places;publié;40
HEL-001;service;2019;;petite enfance;Heures d'ouverture;;;heures;publié;2500
HEL-001;service;2019;;petite enfance;Heures réalisées;;;heures;publié;69000
HEL-001;service;2019;;petite enfance;Heures facturées;;;heures;publié;73830
59350-LILLE;commune;2019;;petite enfance;Heures de présence réalisées;;;heures;publié;50000
59350;territoire;2019;12;petite enfance;Assistantes maternelles actives;;;assistantes maternelles;publié;200
59350-LILLE;commune;2019;12;petite enfance;Assistantes maternelles actives;;;assistantes maternelles;publié;57
59298;commune;2019;12;petite enfance;Assistantes maternelles actives;;;assistantes maternelles;publié;3
59355;commune;2019;12;petite enfance;Assistantes maternelles actives;;;assistantes maternelles;publié;140
59350;territoire;2019;12;petite enfance;ETP de relais;;;ETP;publié;5
59350;territoire;2019;12;enfants;Enfants;0;2;enfants;publié;300
59350-LILLE;commune;2019;12;enfants;Enfants;0;2;enfants;publié;180
59298;commune;2019;12;enfants;Enfants;0;2;enfants;secret;
59355;commune;2019;12;enfants;Enfants;0;2;enfants;publié;90
"""  # noqa: E501
REGISTRY: list[dict[str, Any]] = [
    {"ligne_id": line, "commune_id": commune, "type_service": "EAJE"}
    for line, commune in [
        ("LIL-001", "59350-LILLE"),
        ("LIL-002", "59350-LILLE"),
        ("LIL-003", "59350-LILLE"),
        ("HEL-001", "59298"),
    ]
]
TERRITORIES: list[dict[str, Any]] = [
    {"territoire_id": "59350", "niveau": "territoire", "commune_id": None, "libelle": "Ensemble"},
    {"territoire_id": "59350-LILLE", "niveau": "commune", "commune_id": "59350-LILLE",
     "libelle": "Lille"},
    {"territoire_id": "59298", "niveau": "commune", "commune_id": "59298", "libelle": "Hellemmes"},
    {"territoire_id": "59355", "niveau": "commune", "commune_id": "59355", "libelle": "Lomme"},
]  # fmt: skip
COMMUNES = ("59350-LILLE", "59298", "59355")
EAJE_OF_LILLE = ("LIL-001", "LIL-002", "LIL-003")
MODULES: list[dict[str, Any]] = [
    {"commune": commune, "action": "RAM", "quantite": etp, "unite_comprise": "ETP",
     "source_id": "m.csv"}
    for commune, etp in [("Lomme", 2.0), ("Hellemmes", 1.86)]
]  # fmt: skip

Tables = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def published(built: Built) -> Tables:
    """What the project makes of the file: each model by its name."""
    read = pl.read_csv(
        StringIO(FILE), separator=";", infer_schema=False, empty_string_is_null=False
    )
    admission = admit(read, CEJ, file="cej.csv", vintage=2019)
    assert admission.findings.is_empty(), admission.findings.rows()
    raw = admission.kept.with_columns(
        pl.lit("c.csv").alias("source_id"), pl.lit("Caf").alias("edition")
    )
    made: Tables = {"stg_caf__cej": run(built, "stg_caf__cej", caf_cej=raw.to_dicts())}
    made["int_libelles_cej"] = run(built, "int_libelles_cej", **made)
    made["est_secret_cej"] = protected(
        pl.DataFrame(made["int_libelles_cej"], infer_schema_length=None),
        pl.DataFrame(TERRITORIES),
        pl.DataFrame(REGISTRY),
    ).to_dicts()
    inputs: Tables = {
        "int_registre": REGISTRY,
        "int_territoires": TERRITORIES,
        "stg_convention__modules": MODULES,
        "int_lignes_services": [
            {"ligne_id": line["ligne_id"], "service_id": line["ligne_id"]} for line in REGISTRY
        ],
    }
    for model in (
        "besoin__statistiques_cej",
        "int_mesures_cej",
        "int_activite_eaje",
        "int_taux_eaje",
        "ind_pe08",
        "ind_pe09",
        "ind_rpe01",
        "offre__activite_eaje",
    ):
        made[model] = run(built, model, **inputs, **made)
    return made


def values(rows: list[dict[str, Any]]) -> dict[str, tuple[str, float | None]]:
    return {
        row["territoire_id"]: (row["statut"], None if row["valeur"] is None else row["valeur"])
        for row in rows
    }


def test_the_occupation_of_each_eaje_is_what_was_used_of_what_was_open(published: Tables) -> None:
    # 69 000 / (40 × 2 500) = 69 %; 6 000 / (5 × 2 000) = 60 %. The hours of LIL-002 are secret, and
    # those of LIL-001, the first of the other two of Lille, go with them, though the commune and
    # LIL-003 spell the label in other ways.
    rates = {
        row["ligne_id"]: row["taux_occupation_pct"] for row in published["offre__activite_eaje"]
    }
    assert rates == {"LIL-001": None, "LIL-002": None, "LIL-003": 60, "HEL-001": 69}
    status = {row["ligne_id"]: row["statut"] for row in published["offre__activite_eaje"]}
    assert status == {
        "LIL-001": "secret", "LIL-002": "secret", "LIL-003": "calculé", "HEL-001": "calculé",
    }  # fmt: skip


def test_the_billing_of_each_eaje_is_what_was_billed_of_what_was_used(published: Tables) -> None:
    # 6 600 / 6 000 = 110 %; 73 830 / 69 000 = 107 %. A rate would give the secret hours back from
    # the billed ones.
    rates = {
        row["ligne_id"]: row["taux_facturation_pct"] and round(row["taux_facturation_pct"], 9)
        for row in published["offre__activite_eaje"]
    }
    assert rates == {"LIL-001": None, "LIL-002": None, "LIL-003": 110, "HEL-001": 107}


def test_a_commune_with_a_secret_eaje_is_secret(published: Tables) -> None:
    assert values(published["ind_pe08"]) == {
        "59298": ("calculé", 69), "59350-LILLE": ("secret", None),
    }  # fmt: skip
    assert values(published["ind_pe09"])["59350-LILLE"] == ("secret", None)
    lille = next(r for r in published["ind_pe08"] if r["territoire_id"] == "59350-LILLE")
    assert (lille["numerateur"], lille["denominateur"]) == (None, None)


def test_a_relay_is_its_childminders_for_each_post(published: Tables) -> None:
    # 140 / 2 = 70 and 200 / 5 = 40. Three childminders are secret, and Lille with them, without
    # which 200 − 140 − 57 gives them; the territory is kept.
    assert values(published["ind_rpe01"]) == {
        "59355": ("calculé", 70),
        "59298": ("secret", None),
        "59350-LILLE": ("secret", None),
        "59350": ("calculé", 40),
    }


def test_the_table_of_the_caf_keeps_to_territories_and_does_not_say_which_figures_are_secret(
    published: Tables,
) -> None:
    rows = published["besoin__statistiques_cej"]
    assert {row["niveau"] for row in rows} == {"territoire", "commune"}
    children = {
        row["territoire_id"]: (row["valeur"], row["statut"])
        for row in rows
        if row["libelle"] == "Enfants"
    }
    assert children == {
        "59350": (300, "publié"),
        "59350-LILLE": (None, "secret"),
        "59298": (None, "secret"),
        "59355": (90, "publié"),
    }


def test_an_attacker_gets_no_secret_from_all_that_is_published(published: Tables) -> None:
    known, cells = set[Hashable](), set[Hashable]()
    for row in published["besoin__statistiques_cej"]:
        cell = (row["territoire_id"], row["libelle"].replace(" de présence", ""))
        cells.add(cell)
        if row["valeur"] is not None:
            known.add(cell)
    columns = {"heures_realisees": "Heures réalisées", "heures_facturees": "Heures facturées"}
    for row in published["offre__activite_eaje"]:
        for column, label in columns.items():
            cells.add((row["ligne_id"], label))
            if row[column] is not None:
                known.add((row["ligne_id"], label))
        if None not in (row["taux_occupation_pct"], row["heures_offertes"]):
            known.add((row["ligne_id"], "Heures réalisées"))
    for row in published["ind_rpe01"]:
        if row["numerateur"] is not None:
            known.add((row["territoire_id"], "Assistantes maternelles actives"))
    sums: list[tuple[Hashable, list[Hashable]]] = [
        (("59350", label), [(commune, label) for commune in COMMUNES])
        for label in ("Enfants", "Assistantes maternelles actives")
    ]
    hours = "Heures réalisées"
    sums.append((("59350-LILLE", hours), [(line, hours) for line in EAJE_OF_LILLE]))
    equations: list[Equation] = [{total: -1} | dict.fromkeys(parts, 1) for total, parts in sums]
    secret: set[Hashable] = {
        ("LIL-002", "Heures réalisées"),
        ("59298", "Assistantes maternelles actives"),
        ("59298", "Enfants"),
    }
    assert secret <= cells - known
    assert worked_out(cells - known, equations) & secret == set()
    # The same attacker, given the file as it came but for its secrets, gets them all.
    assert worked_out(secret, equations) == secret


def test_the_dictionary_of_the_layout_tells_every_label_that_is_read() -> None:
    model = (DBT_PROJECT / "models/intermediate/offre/int_libelles_cej.sql").read_text("utf-8")
    listed = model[model.index("values") : model.index("select")]
    triples = re.findall(r"\(\s*'[^']+',\s*'([^']+)',\s*'([^']+)',\s*'([^']+)'\s*\)", listed)
    with (ROOT / "sources/caf/cej_2019.dictionnaire.csv").open(encoding="utf-8") as stream:
        told = {row["colonne"]: row for row in csv.DictReader(stream, delimiter=";")}
    assert len(triples) > 8
    for theme, unit, label in triples:
        assert f"« {theme} »" in told["libelle"]["definition"]
        assert f"« {label.replace('’', chr(39))} »" in told["libelle"]["definition"], label
        assert unit in told["unite"]["valeurs_admises"].split("|"), unit


def test_nothing_is_published_of_the_caf_before_its_file(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    empty = "select count(*) from besoin.statistiques_cej union all select count(*) from {}"
    counts = warehouse.execute(empty.format("offre.activite_eaje")).fetchall()
    assert counts == [(0,), (0,)]
    waiting = warehouse.execute(
        """
        select indicateur_id, count(*), any_value(motif)
        from ecart.indicateurs
        where indicateur_id in ('PE08', 'PE09', 'RPE01') and statut = 'non calculable'
        group by indicateur_id order by indicateur_id
        """
    ).fetchall()
    assert [(name, rows) for name, rows, _ in waiting] == [("PE08", 3), ("PE09", 3), ("RPE01", 4)]
    assert all("cej_2019.csv" in reason for _, _, reason in waiting)
