"""Contracts of Insee's files: census, income, equipment, births, geography.

Columns bear their official codes; `{aa}` is the vintage that Insee writes into them. A column that
some vintages lack is optional, one that changed its name bears its other names.
"""

import polars as pl

from pipelines.contracts.base import (
    MISSING,
    Contract,
    Field,
    adds_up,
    also,
    amount,
    choice,
    code,
    count,
    optional,
    row_rule,
    text,
)

IRIS_CODE = r"\d[0-9AB]\d{7}"
IRIS_RULE = "code IRIS à neuf caractères"
COMMUNE_RULE = "code commune à cinq caractères"
COMMUNE_CODE = r"\d[0-9AB]\d{3}"
LARGE_QUARTER = r"\d[0-9AB]\d{5}"
LARGE_QUARTER_RULE = "grand quartier à sept caractères"

AGE_BANDS = ("0002", "0305", "0610", "1117", "1824", "2539", "4054", "5564", "6579", "80p")

# What every infracommunal base of the census starts with.
_CENSUS_IRIS: tuple[Field, ...] = (
    code("IRIS", IRIS_CODE, IRIS_RULE),
    code("COM", COMMUNE_CODE, COMMUNE_RULE),
)
_IRIS_OF_ITS_COMMUNE = row_rule(
    "le code IRIS commence par celui de la commune",
    pl.col("iris").str.starts_with(pl.col("com")).fill_null(True),
)


POPULATION = Contract(
    fields=(
        *_CENSUS_IRIS,
        optional(code("TYP_IRIS", "[HADZ]", "type d'IRIS H, A, D ou Z")),
        optional(code("LAB_IRIS", r"\w", "label de qualité en un signe")),
        amount("P{aa}_POP"),
        *(amount(f"P{{aa}}_POP{band.upper()}") for band in AGE_BANDS),
    ),
    key=("IRIS",),
    rules=(
        _IRIS_OF_ITS_COMMUNE,
        adds_up(
            "la somme des tranches d'âge fait la population",
            "p_pop",
            *(f"p_pop{band}" for band in AGE_BANDS),
        ),
    ),
)

FAMILIES = Contract(
    fields=(
        *_CENSUS_IRIS,
        amount("C{aa}_MEN"),
        amount("C{aa}_FAM"),
        amount("C{aa}_COUPAENF"),
        amount("C{aa}_FAMMONO"),
        amount("C{aa}_COUPSENF"),
        *(amount(f"C{{aa}}_NE24F{size}") for size in ("0", "1", "2", "3", "4P")),
    ),
    key=("IRIS",),
    rules=(
        _IRIS_OF_ITS_COMMUNE,
        adds_up(
            "couples avec enfant, familles monoparentales et couples sans enfant font les familles",
            "c_fam",
            "c_coupaenf",
            "c_fammono",
            "c_coupsenf",
        ),
        adds_up(
            "les familles selon leur nombre d'enfants font les familles",
            "c_fam",
            *(f"c_ne24f{size}" for size in ("0", "1", "2", "3", "4p")),
        ),
    ),
)

ACTIVITY = Contract(
    fields=(
        *_CENSUS_IRIS,
        amount("P{aa}_POP1564"),
        amount("P{aa}_H1564"),
        amount("P{aa}_F1564"),
        amount("P{aa}_ACT1564"),
        amount("P{aa}_HACT1564"),
        amount("P{aa}_FACT1564"),
        amount("P{aa}_ACTOCC1564"),
        amount("P{aa}_CHOM1564"),
        amount("P{aa}_INACT1564"),
    ),
    key=("IRIS",),
    rules=(
        _IRIS_OF_ITS_COMMUNE,
        adds_up(
            "actifs occupés et chômeurs font les actifs", "p_act1564", "p_actocc1564", "p_chom1564"
        ),
    ),
)

DIPLOMAS = Contract(
    fields=(
        *_CENSUS_IRIS,
        amount("P{aa}_POP0205"),
        amount("P{aa}_SCOL0205"),
        amount("P{aa}_POP0610"),
        amount("P{aa}_SCOL0610"),
        amount("P{aa}_NSCOL15P"),
        amount("P{aa}_NSCOL15P_DIPLMIN"),
    ),
    key=("IRIS",),
    rules=(
        _IRIS_OF_ITS_COMMUNE,
        row_rule(
            "les enfants scolarisés de 2 à 5 ans sont des enfants de 2 à 5 ans (à 0,01 près)",
            pl.col("p_scol0205") <= pl.col("p_pop0205") + 0.01,
        ),
    ),
)

HOUSING = Contract(
    fields=(
        *_CENSUS_IRIS,
        amount("P{aa}_LOG"),
        amount("P{aa}_RP"),
        amount("P{aa}_RSECOCC"),
        amount("P{aa}_LOGVAC"),
        amount("P{aa}_RP_PROP"),
        amount("P{aa}_RP_LOC"),
        amount("P{aa}_RP_LOCHLMV"),
    ),
    key=("IRIS",),
    rules=(
        _IRIS_OF_ITS_COMMUNE,
        adds_up(
            "résidences principales, secondaires et logements vacants font les logements",
            "p_log",
            "p_rp",
            "p_rsecocc",
            "p_logvac",
        ),
    ),
)

_QUARTILES = row_rule(
    "les quartiles se suivent",
    (
        (pl.col("disp_q1") <= pl.col("disp_med")) & (pl.col("disp_med") <= pl.col("disp_q3"))
    ).fill_null(True),
)

INCOME = Contract(
    fields=(
        code("IRIS", IRIS_CODE, IRIS_RULE),
        optional(text("LIBIRIS")),
        optional(code("COM", COMMUNE_CODE, COMMUNE_RULE)),
        optional(text("LIBCOM")),
        amount("DISP_TP60{aa}", marks=MISSING, maximum=100),
        amount("DISP_Q1{aa}", marks=MISSING),
        amount("DISP_MED{aa}", marks=MISSING),
        amount("DISP_Q3{aa}", marks=MISSING),
        optional(code("DISP_NOTE{aa}", r"\d", "note à un chiffre", nullable=True)),
    ),
    key=("IRIS",),
    bad_row="rejet",
    rules=(_IRIS_OF_ITS_COMMUNE, _QUARTILES),
)

INCOME_COMMUNES = Contract(
    fields=(
        code("CODGEO", COMMUNE_CODE, COMMUNE_RULE),
        optional(text("LIBGEO")),
        optional(also(count("NBMEN{aa}", marks=MISSING), "NBMENFISC{aa}")),
        optional(also(count("NBPERS{aa}", marks=MISSING), "NBPERSMENFISC{aa}")),
        also(amount("Q2{aa}", marks=MISSING), "MED{aa}"),
        optional(amount("Q1{aa}", marks=MISSING)),
        optional(amount("Q3{aa}", marks=MISSING)),
        optional(amount("TP60{aa}", marks=MISSING, maximum=100)),
    ),
    key=("CODGEO",),
    bad_row="rejet",
)

_EQUIPMENT_PLACE: tuple[Field, ...] = (
    code("DEPCOM", COMMUNE_CODE, COMMUNE_RULE),
    code("DCIRIS", r"\d[0-9AB]\d{3}(_?\d{4})?|[A-Z]{2,3}", "commune, ou commune et IRIS"),
    count("AN", minimum=2007, maximum=2100),
    code("TYPEQU", r"[A-G]\d{3}", "type d'équipement de la BPE"),
)

EQUIPMENT = Contract(
    fields=(
        optional(code("REG", r"\d{2}", "code région à deux chiffres")),
        optional(code("DEP", r"\d[0-9AB]\d?", "code département")),
        *_EQUIPMENT_PLACE,
        optional(text("QUALI_IRIS")),
        count("NB_EQUIP", minimum=1),
    ),
    # Where the IRIS is not known, it is the same mark for every commune.
    key=("DEPCOM", "DCIRIS", "TYPEQU", "AN", "QUALI_IRIS"),
    bad_row="rejet",
)

# One row an equipment, with its point in metres (Lambert 93) and how good it is.
LOCATED_EQUIPMENT = Contract(
    fields=(
        *_EQUIPMENT_PLACE,
        amount("LAMBERT_X", marks=MISSING, minimum=None),
        amount("LAMBERT_Y", marks=MISSING, minimum=None),
        optional(text("QUALITE_XY", nullable=True)),
    ),
    key=(),
    bad_row="rejet",
)

BIRTHS = Contract(
    fields=(
        code("CODGEO", r"\w{1,9}", "code géographique"),
        text("LIBGEO"),
        count("annee", minimum=1900, maximum=2100),
        count("naissances", marks=MISSING),
    ),
    key=("CODGEO", "annee"),
    bad_row="rejet",
)

# The files of some years give the commune in one code, those of others in two.
LEGAL_POPULATIONS = Contract(
    fields=(
        code("DEPCOM", r"\d[0-9AB]\d{3}", COMMUNE_RULE),
        also(text("COM"), "LIBCOM"),
        count("PMUN"),
        count("PCAP"),
        count("PTOT"),
    ),
    key=("DEPCOM",),
    rules=(
        row_rule(
            "population municipale et population comptée à part font la population totale",
            pl.col("pmun") + pl.col("pcap") == pl.col("ptot"),
        ),
    ),
)

PRIORITY_QUARTERS = Contract(
    fields=(
        code("CODGEO", r"QP\d[0-9AB]\w\d{3}|Ensemble.*|\w+", "code du quartier prioritaire"),
        text("LIBGEO"),
        count("POP_MUN", marks=MISSING),
        optional(count("POP_COM_QP", marks=MISSING)),
        optional(count("POP_COM", marks=MISSING)),
        text("LIB_COM", nullable=True),
        amount("TX_TOT_0A24", marks=MISSING, maximum=100),
        *(
            optional(count(name, marks=MISSING))
            for name in ("A", "PERCOU", "AM", "ACAVENF", "AC3ENF", "ENF", "ENF_2", "ENF_3_5")
        ),
        *(optional(count(name, marks=MISSING)) for name in ("ENF_6_10", "ENF_11_14", "ENF_15_17")),
        optional(code("NOTE_CNAF", r"\d", "note à un chiffre", nullable=True)),
    ),
    key=("CODGEO",),
    bad_row="rejet",
)

IRIS = Contract(
    fields=(
        code("CODE_IRIS", IRIS_CODE, IRIS_RULE),
        text("LIB_IRIS"),
        code("TYP_IRIS", "[HADZ]", "type d'IRIS H, A, D ou Z"),
        code("GRD_QUART", LARGE_QUARTER, LARGE_QUARTER_RULE),
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
        code("CODGEO", LARGE_QUARTER, LARGE_QUARTER_RULE),
        text("LIBGEO"),
        count("NB_IRIS", minimum=1),
    ),
    key=("CODGEO",),
)

IRIS_CHANGES = Contract(
    fields=(
        count("ANNEE_MODIF", minimum=1999, maximum=2100),
        code("IRIS_INI", IRIS_CODE, IRIS_RULE),
        code("COM_INI", COMMUNE_CODE, COMMUNE_RULE),
        code("IRIS_FIN", IRIS_CODE, IRIS_RULE),
        code("COM_FIN", COMMUNE_CODE, COMMUNE_RULE),
        choice("MODIF_IRIS", "0", "1", "2", "3", "4"),
        text("NATURE_MODIF"),
    ),
    key=("ANNEE_MODIF", "IRIS_INI", "IRIS_FIN"),
    may_be_empty=True,
)

# A merge has one part of 1; a commune that is divided has several, which add up to 1.
COMMUNE_CHANGES = Contract(
    fields=(
        code("code_ini", COMMUNE_CODE, COMMUNE_RULE),
        code("code_fin", COMMUNE_CODE, COMMUNE_RULE),
        count("annee", minimum=1943, maximum=2100),
        amount("part", maximum=1),
        text("evenement"),
        text("source"),
    ),
    key=("code_ini", "code_fin", "annee"),
    may_be_empty=True,
)
