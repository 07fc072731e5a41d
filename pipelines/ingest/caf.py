"""The family branch's files: beneficiaries, places, coverage, CEJ statistics."""

from dataclasses import replace

import polars as pl

from pipelines.contracts import caf as contracts
from pipelines.ingest.dataset import EVERYWHERE, Dataset, at_code
from pipelines.ingest.layouts import Reading, Table
from pipelines.ingest.scope import by_commune, by_reference


def _year_alone(reading: Reading) -> Reading:
    """The year, where an export of the Cnaf dates its rows by the day: 2022-12-31 is 2022."""
    year = contracts.PLACES.heading(reading.frame.columns, None).get("annee")
    if year is None:
        return reading
    alone = pl.col(year).str.replace(r"^(\d{4})-\d{2}-\d{2}$", "${1}")
    return replace(reading, frame=reading.frame.with_columns(alone))


DATASETS = (
    Dataset(
        "caf_allocataires",
        "caf_allocataires",
        Table(),
        contracts.BENEFICIARIES,
        "Allocataires et enfants couverts au 31 décembre, à l'IRIS.",
        area=by_commune("codgeo"),
        place=at_code("codgeo"),
        yearly=True,
    ),
    Dataset(
        "caf_places",
        "caf_places",
        Table(),
        contracts.PLACES,
        "Places offertes aux moins de 3 ans par mode d'accueil, à la commune.",
        area=by_commune("numcom"),
        place=at_code("numcom"),
        year="annee",
        derive=_year_alone,
        beyond=True,
    ),
    Dataset(
        "caf_couverture",
        "caf_couverture",
        Table(),
        contracts.COVERAGE,
        "Taux de couverture des moins de 3 ans par mode d'accueil, à la commune.",
        area=by_commune("numcom"),
        place=at_code("numcom"),
        year="annee",
        derive=_year_alone,
    ),
    Dataset(
        "caf_couverture_departement",
        "caf_couverture_departement",
        Table(),
        contracts.COVERAGE_DEPARTMENTS,
        "Taux de couverture des moins de 3 ans par mode d'accueil, au département.",
        area=by_reference("numdep"),
        place=at_code("numdep"),
        year="annee",
        derive=_year_alone,
    ),
    Dataset(
        "caf_couverture_france",
        "caf_couverture_france",
        Table(),
        contracts.COVERAGE_FRANCE,
        "Taux de couverture des moins de 3 ans par mode d'accueil, en France.",
        place=EVERYWHERE,
        year="annee",
        derive=_year_alone,
    ),
    Dataset(
        "caf_cej",
        "caf_cej",
        Table(),
        contracts.CEJ,
        "Données statistiques CEJ 2019 (annexe 5) : le fichier de la Caf est attendu.",
        area=lambda scope: (
            (pl.col("niveau") == "service")
            | pl.col("territoire").is_in(sorted(scope.areas))
            | pl.col("territoire").str.slice(0, 5).is_in(sorted(scope.communes))
        ),
        place=at_code("territoire"),
        year="annee",
    ),
)
