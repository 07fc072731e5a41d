"""Contracts of Insee's files: census, income, equipment, births, geography.

Columns bear their official codes; `{aa}` is the vintage that Insee writes into them.
"""

import polars as pl

from pipelines.contracts.base import Contract, amount, code, count, row_rule, text

IRIS_CODE = r"\d{9}"
IRIS_RULE = "code IRIS à neuf chiffres"
COMMUNE_RULE = "code commune à cinq caractères"
COMMUNE_CODE = r"\d[0-9AB]\d{3}"

FILOSOFI_MARKS = {"": "non disponible", "ns": "secret", "nd": "non disponible"}
AGE_BANDS = ("0002", "0305", "0610", "1117", "1824", "2539", "4054", "5564", "6579", "80p")
BIRTH_YEARS = range(2008, 2025)

POPULATION = Contract(
    fields=(
        code("IRIS", IRIS_CODE, IRIS_RULE),
        code("COM", COMMUNE_CODE, COMMUNE_RULE),
        code("TYP_IRIS", "[HADZ]", "type d'IRIS H, A, D ou Z"),
        code("LAB_IRIS", r"\d", "label de qualité à un chiffre"),
        amount("P{aa}_POP"),
        *(amount(f"P{{aa}}_POP{band.upper()}") for band in AGE_BANDS),
    ),
    key=("IRIS",),
    rules=(
        row_rule(
            "la somme des tranches d'âge fait la population (à 0,01 près)",
            (pl.sum_horizontal(f"p_pop{band}" for band in AGE_BANDS) - pl.col("p_pop")).abs()
            < 0.01,
        ),
    ),
)

FAMILIES = Contract(
    fields=(
        code("IRIS", IRIS_CODE, IRIS_RULE),
        code("COM", COMMUNE_CODE, COMMUNE_RULE),
        amount("C{aa}_MEN"),
        amount("C{aa}_FAM"),
        amount("C{aa}_COUPAENF"),
        amount("C{aa}_FAMMONO"),
        amount("C{aa}_COUPSENF"),
        *(amount(f"C{{aa}}_NE24F{size}") for size in ("0", "1", "2", "3", "4P")),
    ),
    key=("IRIS",),
    rules=(
        row_rule(
            "couples avec enfant, familles monoparentales et couples sans enfant font les familles",
            (pl.sum_horizontal("c_coupaenf", "c_fammono", "c_coupsenf") - pl.col("c_fam")).abs()
            < 0.01,
        ),
    ),
)

INCOME = Contract(
    fields=(
        code("IRIS", IRIS_CODE, IRIS_RULE),
        text("LIBIRIS"),
        code("COM", COMMUNE_CODE, COMMUNE_RULE),
        text("LIBCOM"),
        amount("DISP_TP60{aa}", marks=FILOSOFI_MARKS, maximum=100),
        amount("DISP_Q1{aa}", marks=FILOSOFI_MARKS),
        amount("DISP_MED{aa}", marks=FILOSOFI_MARKS),
        amount("DISP_Q3{aa}", marks=FILOSOFI_MARKS),
        code("DISP_NOTE{aa}", r"\d", "note à un chiffre", nullable=True),
    ),
    key=("IRIS",),
    bad_row="rejet",
    rules=(
        row_rule(
            "les quartiles se suivent",
            (
                (pl.col("disp_q1") <= pl.col("disp_med"))
                & (pl.col("disp_med") <= pl.col("disp_q3"))
            ).fill_null(True),
        ),
    ),
)

EQUIPMENT = Contract(
    fields=(
        code("REG", r"\d{2}", "code région à deux chiffres"),
        code("DEP", r"\d[0-9AB]\d?", "code département"),
        code("DEPCOM", COMMUNE_CODE, COMMUNE_RULE),
        code("DCIRIS", r"\d[0-9AB]\d{3}(_\d{4})?", "commune, ou commune_IRIS"),
        count("AN", minimum=2007, maximum=2100),
        code("TYPEQU", r"[A-G]\d{3}", "type d'équipement de la BPE"),
        count("NB_EQUIP", minimum=1),
    ),
    key=("DCIRIS", "TYPEQU", "AN"),
    bad_row="rejet",
)

BIRTHS = Contract(
    fields=(
        code("CODGEO", r"\w{1,8}", "code géographique"),
        text("LIBGEO"),
        *(count(str(year), marks={"so": "sans objet"}) for year in BIRTH_YEARS),
    ),
    key=("CODGEO",),
    bad_row="rejet",
)

IRIS = Contract(
    fields=(
        code("CODE_IRIS", IRIS_CODE, IRIS_RULE),
        text("LIB_IRIS"),
        code("TYP_IRIS", "[HADZ]", "type d'IRIS H, A, D ou Z"),
        code("GRD_QUART", r"\d{7}", "grand quartier à sept chiffres"),
        code("DEPCOM", COMMUNE_CODE, COMMUNE_RULE),
        text("LIBCOM"),
    ),
    key=("CODE_IRIS",),
    rules=(
        row_rule(
            "le grand quartier est le début du code IRIS",
            pl.col("code_iris").str.starts_with(pl.col("grd_quart")),
        ),
    ),
)

LARGE_QUARTERS = Contract(
    fields=(
        text("NIVGEO"),
        code("CODGEO", r"\d{7}", "grand quartier à sept chiffres"),
        text("LIBGEO"),
        count("NB_IRIS", minimum=1),
    ),
    key=("CODGEO",),
)
