"""Insee's files: census, income, equipment, births, geography of IRIS."""

import polars as pl

from pipelines.contracts import insee as contracts
from pipelines.ingest.dataset import Dataset
from pipelines.ingest.layouts import delimited, workbook


def births_by_year(frame: pl.DataFrame) -> pl.DataFrame:
    """One row a place and year, out of one column a year."""
    years = [str(year) for year in contracts.BIRTH_YEARS]
    values = frame.unpivot(
        years, index=["ligne", "codgeo", "libgeo"], variable_name="annee", value_name="naissances"
    )
    marks = frame.unpivot(
        [f"{year}_marque" for year in years], index=["ligne"], value_name="naissances_marque"
    )
    return values.with_columns(pl.col("annee").cast(pl.Int64), marks["naissances_marque"])


def _births(table: str, sheet: str, level: str) -> Dataset:
    return Dataset(
        table,
        "insee_naissances",
        workbook(sheet, header_line=4, names=("CODGEO", "LIBGEO"), notes=True),
        contracts.BIRTHS,
        f"État civil : naissances domiciliées par année, {level}.",
        kind="excel",
        shape=births_by_year,
    )


DATASETS = (
    Dataset(
        "insee_population",
        "insee_population",
        delimited(),
        contracts.POPULATION,
        "Recensement : population par âge, à l'IRIS.",
    ),
    Dataset(
        "insee_familles",
        "insee_familles",
        delimited(),
        contracts.FAMILIES,
        "Recensement : familles selon leur composition, à l'IRIS.",
    ),
    Dataset(
        "insee_filosofi",
        "insee_filosofi",
        delimited(),
        contracts.INCOME,
        "Filosofi : revenu disponible et pauvreté, à l'IRIS.",
    ),
    Dataset(
        "insee_bpe",
        "insee_bpe",
        delimited(),
        contracts.EQUIPMENT,
        "Base permanente des équipements : accueil du jeune enfant et écoles, à l'IRIS.",
    ),
    _births("insee_naissances", "COM", "à la commune"),
    _births("insee_naissances_departement", "DEP", "au département"),
    _births("insee_naissances_france", "France", "en France"),
    Dataset(
        "insee_iris",
        "insee_iris",
        workbook("Emboitements_IRIS", header_line=6),
        contracts.IRIS,
        "Référence des IRIS : libellé, type, grand quartier, commune.",
        kind="excel",
    ),
    Dataset(
        "insee_grands_quartiers",
        "insee_iris",
        workbook("Zones_supra_IRIS", header_line=6),
        contracts.LARGE_QUARTERS,
        "Référence des grands quartiers : libellé et nombre d'IRIS.",
        kind="excel",
    ),
)
