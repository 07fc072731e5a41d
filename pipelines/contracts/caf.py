"""Contracts of the family branch's files: beneficiaries by IRIS, places, coverage, CEJ statistics.

An empty cell of the IRIS files is hidden, never zero: secrecy takes at least two of a breakdown, so
that its total does not give the first one away. A NOTE other than 0 masks the whole row.
"""

import pandera.polars as pa
import polars as pl

from pipelines.contracts.base import (
    Contract,
    Field,
    adds_up,
    also,
    amount,
    choice,
    code,
    count,
    row_rule,
    text,
)
from pipelines.contracts.convention import LINE
from pipelines.contracts.insee import COMMUNE_CODE, COMMUNE_RULE, IRIS_CODE, IRIS_RULE

BLANK = {"": "secret"}
CHILDREN = ("ENF", "ENF_2", "ENF_3_5", "ENF_6_10", "ENF_11_14", "ENF_15_17", "ENF_18_24")
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
        adds_up("les tranches d'âge font les enfants", *map(str.lower, CHILDREN)),
        adds_up(
            "foyers d'une personne, monoparentaux et couples font les foyers allocataires",
            "a",
            "ai",
            "am",
            "acssenf",
            "acavenf",
        ),
    ),
)

# The Cnaf's names first, then those of redistributors, then the labels that its portal can write.
_YEAR = also(count("annee", minimum=2000, maximum=2100), "date_reference", "Date référence")
_AREA: tuple[Field, ...] = (
    _YEAR,
    also(
        code("numcom", COMMUNE_CODE, COMMUNE_RULE),
        "num_commune",
        "numero_commune",
        "Numéro commune",
    ),
    also(text("nomcom"), "nom_commune", "Nom commune"),
)

PLACES = Contract(
    fields=(
        *_AREA,
        also(count("pl_psu_col_com"), "places_EAJE_PSU"),
        also(count("pl_hors_psu_col_com"), "places_hors_EAJE_PSU"),
        also(count("pl_eaje_com"), "places_EAJE_ensemble"),
        also(count("pl_prescol_com"), "places_prescolarisation"),
        also(count("pl_am_ind_com"), "places_assistante_maternelle"),
        also(count("pl_gad_ind_com"), "places_salariee_domicile"),
        also(count("pl_ind_com"), "places_accueil_individuel_ensemble"),
        also(count("tot_offre_com"), "places_offertes_ensemble"),
    ),
    key=("annee", "numcom"),
    # Their own sum is off by some places here and there: the publisher rounds each.
    rules=(
        adds_up(
            "places PSU et hors PSU font les places en EAJE",
            "pl_eaje_com",
            "pl_psu_col_com",
            "pl_hors_psu_col_com",
        ),
        adds_up(
            "assistantes maternelles et salariées à domicile font l'accueil individuel",
            "pl_ind_com",
            "pl_am_ind_com",
            "pl_gad_ind_com",
        ),
    ),
)


def _rates_add_up(level: str, psu: str, childminders: str, home: str) -> tuple[pa.Check, ...]:
    """The rates of a level add up; each is rounded to a tenth."""
    return (
        adds_up(
            "taux PSU et hors PSU font le taux en EAJE",
            f"txcouv_eaje_{level}",
            psu,
            f"txcouv_hors_psu_col_{level}",
            within=0.11,
        ),
        adds_up(
            "assistantes maternelles et salariées à domicile font l'accueil individuel",
            f"txcouv_ind_{level}",
            childminders,
            home,
            within=0.11,
        ),
    )


COVERAGE = Contract(
    fields=(
        *_AREA,
        also(amount("txcouv_psu_col_com"), "taux_de_couv_eaje_psu", "Taux de couv EAJE PSU"),
        also(
            amount("txcouv_hors_psu_col_com"),
            "taux_de_couv_hors_eaje_psu",
            "Taux de couv hors EAJE PSU",
        ),
        also(
            amount("txcouv_eaje_com"),
            "taux_de_couv_eaje_ensemble",
            "Taux de couv EAJE - ensemble",
        ),
        also(
            amount("txcouv_prescol_com"),
            "taux_de_couv_prescolarisation",
            "Taux de couv préscolarisation",
        ),
        also(
            amount("txcouv_am_ind_com"),
            "taux_de_couv_assistante_maternelle",
            "Taux de couv assistante maternelle",
            "Taux de couv assistantes maternelles",
        ),
        also(
            amount("txcouv_gad_ind_com"),
            "taux_de_couv_salariee_a_domicile",
            "Taux de couv salariée à domicile",
        ),
        also(
            amount("txcouv_ind_com"),
            "taux_de_couv_accueil_individuel_ensemble",
            "Taux de couv accueil individuel - ensemble",
        ),
        also(amount("txcouv_com"), "taux_de_couv_global", "Taux de couv global"),
    ),
    key=("annee", "numcom"),
    rules=_rates_add_up("com", "txcouv_psu_col_com", "txcouv_am_ind_com", "txcouv_gad_ind_com"),
)

# What the territory is compared with stops nothing of it: a row that is wrong is set aside.
COVERAGE_DEPARTMENTS = Contract(
    fields=(
        _YEAR,
        code("numdep", r"\d[0-9AB]\d?", "code du département"),
        text("nomdep"),
        amount("txcouv_psu_col_dep"),
        amount("txcouv_hors_psu_col_dep"),
        amount("txcouv_eaje_dep"),
        amount("txcouv_prescol_dep"),
        amount("txcouv_am_ind_dep"),
        amount("txcouv_gad_ind_dep"),
        amount("txcouv_ind_dep"),
        amount("txcouv_dep"),
    ),
    key=("annee", "numdep"),
    bad_row="rejet",
    rules=_rates_add_up("dep", "txcouv_psu_col_dep", "txcouv_am_ind_dep", "txcouv_gad_ind_dep"),
)

# The row of a year names what it counts of France (« FRANCE ENTIERE HORS MAYOTTE »), and no code.
COVERAGE_FRANCE = Contract(
    fields=(
        _YEAR,
        text("national"),
        amount("txcouv_psu_nat"),
        amount("txcouv_hors_psu_col_nat"),
        amount("txcouv_eaje_nat"),
        amount("txcouv_prescol_nat"),
        amount("txcouv_am_nat"),
        amount("txcouv_gad_nat"),
        amount("txcouv_ind_nat"),
        amount("txcouv_nat"),
    ),
    key=("annee",),
    bad_row="rejet",
    rules=_rates_add_up("nat", "txcouv_psu_nat", "txcouv_am_nat", "txcouv_gad_nat"),
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
    "assistantes maternelles",
    "pct",
    "eur",
)

CEJ = Contract(
    fields=(
        code(
            "territoire",
            rf"\w{{2,9}}(-[A-Z]+)?|{LINE}",
            "identifiant de referentiel.territoires, ou ligne du registre",
        ),
        choice("niveau", "territoire", "commune", "district", "service"),
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
            "un service se nomme par sa ligne du registre, un territoire par son identifiant",
            (pl.col("niveau") == "service") == pl.col("territoire").str.contains(f"^(?:{LINE})$"),
        ),
        row_rule(
            "l'âge minimal ne dépasse pas l'âge maximal",
            (pl.col("age_min_ans") <= pl.col("age_max_ans")).fill_null(True),
        ),
    ),
    may_be_empty=True,
    confidential=True,
)
