"""Contracts of the ministry of education's files: schools, and where they stand.

Two files of one content, under two sets of names: the addresses and points of schools, and the
directory of education, which adds contacts that are never loaded.
"""

import polars as pl

from pipelines.contracts.base import Contract, also, amount, code, optional, row_rule, text
from pipelines.contracts.insee import COMMUNE_CODE, COMMUNE_RULE

UAI_RULE = "numéro UAI : sept chiffres et une lettre"

SCHOOLS = Contract(
    fields=(
        also(code("numero_uai", r"\d{7}[A-Z]", UAI_RULE), "identifiant_de_l_etablissement"),
        also(text("appellation_officielle"), "nom_etablissement"),
        optional(text("patronyme_uai")),
        also(text("secteur_public_prive_libe", nullable=True), "statut_public_prive"),
        also(text("adresse_uai", nullable=True), "adresse_1"),
        code("code_commune", COMMUNE_CODE, COMMUNE_RULE),
        also(text("libelle_commune"), "nom_commune"),
        amount("latitude", nullable=True, minimum=-90, maximum=90),
        amount("longitude", nullable=True, minimum=-180, maximum=180),
        optional(text("appariement")),
        also(text("localisation", nullable=True), "precision_localisation"),
        also(code("nature_uai", r"\d{3}", "nature à trois chiffres"), "code_nature"),
        also(text("nature_uai_libe"), "libelle_nature"),
        also(text("etat_etablissement"), "etat"),
    ),
    key=("numero_uai",),
    bad_row="rejet",
    rules=(
        row_rule(
            "latitude et longitude vont ensemble",
            pl.col("latitude").is_null() == pl.col("longitude").is_null(),
        ),
    ),
)
