"""The convention's own figures: registry and its ledgers, annex 4, calendar; its follow-up."""

from pipelines.contracts import convention as contracts
from pipelines.contracts.base import Contract
from pipelines.ingest.dataset import Dataset
from pipelines.ingest.layouts import Table


def _transcribed(name: str, contract: Contract, description: str) -> Dataset:
    return Dataset(f"convention_{name}", f"convention_{name}", Table(), contract, description)


DATASETS = (
    _transcribed(
        "registre",
        contracts.REGISTRY,
        "Annexes 1 : équipements et services soutenus, tels qu'imprimés.",
    ),
    _transcribed(
        "corrections",
        contracts.CORRECTIONS,
        "Corrections du registre : ligne, champ, valeur attendue, valeur corrigée, motif.",
    ),
    _transcribed(
        "placements",
        contracts.PLACEMENT,
        "Placements du registre : ligne, district, méthode et preuve.",
    ),
    _transcribed(
        "capacites", contracts.CAPACITIES, "Capacités que la convention donne, avec ses mots."
    ),
    _transcribed(
        "developpement", contracts.DEVELOPMENT, "Annexe 4 : schéma de développement 2021-2024."
    ),
    _transcribed("modules", contracts.MODULES, "Annexe 4 : modules du contrat enfance jeunesse."),
    _transcribed("calendrier", contracts.CALENDAR, "Comités dus chaque année."),
    _transcribed("jalons", contracts.MILESTONES, "Échéances de réalisation de l'annexe 4."),
    _transcribed(
        "diagnostics", contracts.DIAGNOSTICS, "Diagnostics que l'annexe 4 demande de recenser."
    ),
    _transcribed(
        "indicateurs_evaluation",
        contracts.EVALUATION,
        "Indicateurs d'évaluation de l'annexe 4, dans ses mots.",
    ),
    _transcribed(
        "realisations", contracts.EVENTS, "Suivi tenu par les analystes : ce qui s'est passé."
    ),
    _transcribed("preambule", contracts.PREAMBLE, "Décomptes annoncés par le préambule."),
    _transcribed("causes", contracts.CAUSES, "Causes connues des écarts de rapprochement."),
    _transcribed(
        "scenarios", contracts.SCENARIOS, "Scénarios : fermetures, ouvertures, autres cibles."
    ),
    _transcribed("cibles", contracts.TARGETS, "Taux de couverture EAJE à quoi se mesure un écart."),
)
