"""Insee's files: census, income, equipment, births, geography."""

import re
from dataclasses import replace

import polars as pl

from pipelines.contracts import insee as contracts
from pipelines.contracts.base import Contract
from pipelines.ingest.dataset import EVERYWHERE, Dataset, at_code
from pipelines.ingest.layouts import Reading, Series, Table
from pipelines.ingest.scope import Area, Scope, by_commune, by_reference


def _census(
    name: str,
    contract: Contract,
    description: str,
    *,
    required: bool = False,
    beyond: bool = False,
) -> Dataset:
    """An infracommunal base of the census: one file a vintage."""
    return Dataset(
        f"insee_{name}",
        f"insee_{name}",
        Table(),
        contract,
        f"Recensement : {description}, à l'IRIS.",
        area=by_commune("com"),
        place=at_code("iris"),
        required=required,
        yearly=True,
        beyond=beyond,
    )


def _births(table: str, sheet: str, level: str, area: Area) -> Dataset:
    return Dataset(
        table,
        "insee_naissances",
        Table(
            sheet,
            names=("CODGEO", "LIBGEO"),
            notes=True,
            series=Series(r"(19|20)\d\d", "annee", "naissances"),
        ),
        contracts.BIRTHS,
        f"État civil : naissances domiciliées par année, {level}.",
        kind="excel",
        area=area,
        place=at_code("codgeo"),
        year="annee",
    )


def _reference(
    table: str,
    sheet: str,
    contract: Contract,
    description: str,
    column: str,
    code: str,
    *,
    communes_became: tuple[str, str] | None = None,
    required: bool = False,
    beyond: bool = False,
) -> Dataset:
    """A sheet of the reference of IRIS."""
    return Dataset(
        table,
        "insee_iris",
        Table(sheet),
        contract,
        f"Référence des IRIS : {description}.",
        kind="excel",
        area=by_commune(column),
        place=at_code(code),
        communes_became=communes_became,
        required=required,
        beyond=beyond,
    )


def _commune_in_one_code(reading: Reading) -> Reading:
    """The code of the commune, where the file gives the department and the rest apart."""
    columns = set(reading.frame.columns)
    if "DEPCOM" in columns or not {"CODDEP", "CODCOM"} <= columns:
        return reading
    # Overseas, the department has three characters and the commune two that tell it.
    department, rest = pl.col("CODDEP"), pl.col("CODCOM").str.zfill(3)
    overseas = department.str.len_chars() == 3
    commune = pl.concat_str(
        department, pl.when(overseas).then(rest.str.slice(1)).otherwise(rest)
    ).alias("DEPCOM")
    return replace(reading, frame=reading.frame.with_columns(commune))


def _changes_of_communes(reading: Reading) -> Reading:
    """What changed from one year to the next, where each row is a place and its code every year.

    A merge has a row for each commune that it joined, the one that keeps its code included; a
    commune that was divided has one for each that came of it. The table has no people: those of a
    commune that is divided are shared out equally, as an estimate.
    """
    names = filter(re.compile(r"CODGEO_\d{4}").fullmatch, reading.frame.columns)
    years = {int(name[-4:]): name for name in names}
    # Across a gap, nothing says in which year a commune changed.
    if len(years) < 2 or len(years) <= max(years) - min(years):
        return reading
    rows = reading.frame.with_columns(reading.lines.alias("ligne"))
    pairs = pl.concat(
        rows.select(
            pl.col(years[year - 1]).alias("code_ini"),
            pl.col(years[year]).alias("code_fin"),
            pl.lit(str(year)).alias("annee"),
            "ligne",
        )
        for year in sorted(years)[1:]
    )
    known = pairs.filter(pl.col("code_ini") != "", pl.col("code_fin") != "")
    pairs = known.unique(["code_ini", "code_fin", "annee"], keep="first", maintain_order=True)
    became = pl.len().over("code_ini", "annee")
    joined = pl.len().over("code_fin", "annee")
    changes = pairs.with_columns(
        (1 / became).cast(pl.String).alias("part"),
        pl.when(became > 1)
        .then(pl.lit("Rétablissement"))
        .when(joined > 1)
        .then(pl.lit("Fusion"))
        .when(pl.col("code_ini") != pl.col("code_fin"))
        .then(pl.lit("Changement de code"))
        .alias("evenement"),
        pl.lit(f"Table de passage annuelle {max(years)}").alias("source"),
    ).drop_nulls("evenement")
    return Reading(changes.drop("ligne"), reading.header_line, changes["ligne"])


def _department(commune: str) -> str:
    """Two characters of the commune's code, three overseas."""
    return commune[: 3 if commune.startswith(("97", "98")) else 2]


def _quarters_of_the_territory(scope: Scope) -> pl.Expr:
    """The file names communes, and its codes say the department: QP059073 is in the 59."""
    departments = sorted({f"QP{_department(commune):0>3}" for commune in scope.communes})
    named = pl.col("lib_com").str.split(", ").list.set_intersection(sorted(scope.labels))
    return (pl.col("codgeo").str.slice(0, 5).is_in(departments) & (named.list.len() > 0)) | (
        pl.col("codgeo") == "Ensemble"
    )


# Of the two hundred types of the BPE, those that families look for: nursery and elementary schools,
# and the care of young children.
TYPES = "^(C1|D502)"


def _of_families(scope: Scope) -> pl.Expr:
    """Equipments of the territory, of the types that something counts."""
    return by_commune("depcom")(scope) & pl.col("typequ").str.contains(TYPES)


DATASETS = (
    _census("population", contracts.POPULATION, "population par âge", required=True, beyond=True),
    _census("familles", contracts.FAMILIES, "familles selon leur composition"),
    _census("activite", contracts.ACTIVITY, "activité des 15 à 64 ans"),
    _census("diplomes", contracts.DIPLOMAS, "scolarisation et diplôme"),
    _census("logement", contracts.HOUSING, "logements et statut d'occupation"),
    Dataset(
        "insee_filosofi",
        "insee_filosofi",
        Table(),
        contracts.INCOME,
        "Filosofi : revenu disponible et pauvreté, à l'IRIS.",
        area=by_commune("iris"),
        place=at_code("iris"),
        yearly=True,
    ),
    Dataset(
        "insee_filosofi_communes",
        "insee_filosofi_communes",
        Table(),
        contracts.INCOME_COMMUNES,
        "Filosofi : revenu disponible, à la commune.",
        area=by_commune("codgeo"),
        place=at_code("codgeo"),
        yearly=True,
    ),
    Dataset(
        "insee_bpe_localisee",
        "insee_bpe_localisee",
        Table(),
        contracts.LOCATED_EQUIPMENT,
        "Base permanente des équipements : une ligne par équipement, avec son point.",
        area=_of_families,
        place=at_code("dciris", "depcom"),
        subject="typequ",
        year="an",
        # The trade name of a doctor or of a childminder is that of a person.
        institutional=("NOMRS", "CNOMRS", "SIRET"),
        yearly=True,
        beyond=True,
    ),
    Dataset(
        "insee_bpe",
        "insee_bpe",
        Table(),
        contracts.EQUIPMENT,
        "Base permanente des équipements : accueil du jeune enfant et écoles, à l'IRIS.",
        area=_of_families,
        place=at_code("dciris", "depcom"),
        subject="typequ",
        year="an",
        yearly=True,
        beyond=True,
    ),
    _births("insee_naissances", "COM", "à la commune", by_commune("codgeo")),
    _births("insee_naissances_departement", "DEP", "au département", by_reference("codgeo")),
    _births("insee_naissances_france", "France", "en France", by_reference("codgeo")),
    Dataset(
        "insee_populations_legales",
        "insee_populations_legales",
        Table(),
        contracts.LEGAL_POPULATIONS,
        "Populations légales des communes, associées et déléguées comprises.",
        area=lambda scope: pl.col("depcom").is_in(sorted(scope.communes | scope.areas)),
        place=at_code("depcom"),
        derive=_commune_in_one_code,
        yearly=True,
    ),
    Dataset(
        "insee_qpv",
        "insee_qpv",
        Table(),
        contracts.PRIORITY_QUARTERS,
        "Quartiers prioritaires de la politique de la ville : population et allocataires.",
        area=_quarters_of_the_territory,
        place=EVERYWHERE,
        yearly=True,
    ),
    _reference(
        "insee_iris",
        "Emboitements_IRIS",
        contracts.IRIS,
        "libellé, type, grand quartier, commune",
        "depcom",
        "code_iris",
        required=True,
        beyond=True,
    ),
    _reference(
        "insee_grands_quartiers",
        "Zones_supra_IRIS",
        contracts.LARGE_QUARTERS,
        "libellé des grands quartiers et nombre d'IRIS",
        "codgeo",
        "codgeo",
    ),
    _reference(
        "insee_iris_modifications",
        "Modifications_IRIS",
        contracts.IRIS_CHANGES,
        "modifications d'IRIS des cinq dernières années",
        "com_fin",
        "iris_fin",
        communes_became=("com_ini", "com_fin"),
    ),
    Dataset(
        "insee_passage_communes",
        "insee_passage_communes",
        Table("COM"),
        contracts.COMMUNE_CHANGES,
        "Changements de communes : fusions, rétablissements, avec la part de chacune.",
        area=by_commune("code_fin"),
        place=at_code("code_fin"),
        derive=_changes_of_communes,
        communes_became=("code_ini", "code_fin"),
    ),
)
