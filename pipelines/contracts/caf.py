"""Contracts of the family branch's files: beneficiaries by IRIS, places, coverage, CEJ statistics.

An empty cell of the IRIS files stands for 0 to 4, never for zero; a NOTE other than 0 masks the
whole row.
"""

import polars as pl

from pipelines.contracts.base import Contract, Field, amount, choice, code, count, row_rule, text
from pipelines.contracts.insee import COMMUNE_CODE, COMMUNE_RULE, IRIS_CODE, IRIS_RULE

BLANK = {"": "0 à 4"}
CHILDREN = ("ENF", "ENF_2", "ENF_3_5", "ENF_6_10", "ENF_11_14", "ENF_15_17")
HOUSEHOLDS = ("A", "PERCOU", "AI", "AM", "ACSSENF", "ACAVENF", "AC3ENF")

BENEFICIARIES = Contract(
    fields=(
        code("CODGEO", IRIS_CODE, IRIS_RULE),
        code("NOTE", r"\d", "note à un chiffre"),
        *(count(name, marks=BLANK) for name in (*HOUSEHOLDS, *CHILDREN)),
    ),
    key=("CODGEO",),
    bad_row="rejet",
    rules=(
        row_rule(
            "une ligne masquée (NOTE autre que 0) ne porte aucun chiffre",
            (pl.col("note") == "0") | pl.col("a").is_null(),
        ),
        row_rule(
            "chaque tranche d'âge tient dans le total des enfants",
            pl.all_horizontal(
                (pl.col(name.lower()) <= pl.col("enf")).fill_null(True) for name in CHILDREN[1:]
            ),
        ),
    ),
)

_AREA: tuple[Field, ...] = (
    count("annee", minimum=2000, maximum=2100),
    code("numcom", COMMUNE_CODE, COMMUNE_RULE),
    text("nomcom"),
)

PLACES = Contract(
    fields=(
        *_AREA,
        count("pl_psu_col_com"),
        count("pl_hors_psu_col_com"),
        count("pl_eaje_com"),
        count("pl_prescol_com"),
        count("pl_am_ind_com"),
        count("pl_gad_ind_com"),
        count("pl_ind_com"),
        count("tot_offre_com"),
    ),
    key=("annee", "numcom"),
)

COVERAGE = Contract(
    fields=(
        *_AREA,
        amount("txcouv_psu_col_com"),
        amount("txcouv_hors_psu_col_com"),
        amount("txcouv_eaje_com"),
        amount("txcouv_prescol_com"),
        amount("txcouv_am_ind_com"),
        amount("txcouv_gad_ind_com"),
        amount("txcouv_ind_com"),
        amount("txcouv_com"),
    ),
    key=("annee", "numcom"),
)

CEJ_THEMES = (
    "allocataires",
    "enfants",
    "petite enfance",
    "enfance",
    "jeunesse",
    "parentalité",
    "logement",
    "accès aux droits",
)
CEJ_UNITS = (
    "places",
    "heures",
    "heures-enfant",
    "actes",
    "ETP",
    "enfants",
    "familles",
    "allocataires",
    "pct",
    "eur",
)

CEJ = Contract(
    fields=(
        code("territoire", r"\w{2,9}(-[A-Z]+)?", "identifiant de referentiel.territoires"),
        choice("niveau", "territoire", "commune", "district"),
        count("annee", minimum=2000, maximum=2100),
        count("mois_reference", nullable=True, minimum=1, maximum=12),
        choice("theme", *CEJ_THEMES),
        text("libelle"),
        count("age_min_ans", nullable=True, maximum=120),
        count("age_max_ans", nullable=True, maximum=120),
        choice("unite", *CEJ_UNITS),
        choice("statut", "publié", "secret", "arrondi"),
        amount("valeur", nullable=True),
    ),
    key=("territoire", "annee", "mois_reference", "theme", "libelle", "age_min_ans", "age_max_ans"),
    bad_row="rejet",
    rules=(
        row_rule(
            "un chiffre secret est vide, un chiffre publié ou arrondi ne l'est pas",
            (pl.col("statut") == "secret") == pl.col("valeur").is_null(),
        ),
        row_rule(
            "l'âge minimal ne dépasse pas l'âge maximal",
            (pl.col("age_min_ans") <= pl.col("age_max_ans")).fill_null(True),
        ),
    ),
    may_be_empty=True,
)
