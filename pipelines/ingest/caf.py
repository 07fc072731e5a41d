"""The family branch's files: beneficiaries, places, coverage, CEJ statistics."""

from pipelines.contracts import caf as contracts
from pipelines.ingest.dataset import Dataset
from pipelines.ingest.layouts import delimited

DATASETS = (
    Dataset(
        "caf_allocataires",
        "caf_allocataires",
        delimited(),
        contracts.BENEFICIARIES,
        "Allocataires et enfants couverts au 31 décembre, à l'IRIS.",
    ),
    Dataset(
        "caf_places",
        "caf_places",
        delimited(),
        contracts.PLACES,
        "Places offertes aux moins de 3 ans par mode d'accueil, à la commune.",
    ),
    Dataset(
        "caf_couverture",
        "caf_couverture",
        delimited(),
        contracts.COVERAGE,
        "Taux de couverture des moins de 3 ans par mode d'accueil, à la commune.",
    ),
    Dataset(
        "caf_cej",
        "caf_cej",
        delimited(),
        contracts.CEJ,
        "Données statistiques CEJ 2019 (annexe 5) : le fichier de la Caf est attendu.",
    ),
)
