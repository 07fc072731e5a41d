"""The convention's own figures: registry and its ledgers, annex 4, calendar; its follow-up."""

from pipelines.contracts import convention as contracts
from pipelines.contracts.base import Contract
from pipelines.ingest.dataset import EVERYWHERE, Dataset, Place, at_commune, at_line
from pipelines.ingest.layouts import Table


def _transcribed(
    name: str, contract: Contract, description: str, place: Place | None = None
) -> Dataset:
    key = f"convention_{name}"
    return Dataset(key, key, Table(), contract, description, place=place, ledger=True)


DATASETS = (
    _transcribed(
        "registre",
        contracts.REGISTRY,
        "Annexes 1 : équipements et services soutenus, tels qu'imprimés.",
        at_line("ligne_id"),
    ),
    _transcribed(
        "corrections",
        contracts.CORRECTIONS,
        "Corrections du registre : ligne, champ, valeur attendue, valeur corrigée, motif.",
        at_line("ligne_id"),
    ),
    _transcribed(
        "placements",
        contracts.PLACEMENT,
        "Placements du registre : ligne, district, méthode et preuve.",
        at_line("ligne_id"),
    ),
    _transcribed(
        "capacites",
        contracts.CAPACITIES,
        "Capacités que la convention donne, avec ses mots.",
        at_line("lignes"),
    ),
    _transcribed(
        "developpement",
        contracts.DEVELOPMENT,
        "Schéma de développement : actions, places, années.",
        at_commune("commune"),
    ),
    _transcribed(
        "modules",
        contracts.MODULES,
        "Annexe 4 : modules du contrat enfance jeunesse.",
        at_commune("commune"),
    ),
    _transcribed(
        "calendrier",
        contracts.CALENDAR,
        "Comités dus chaque année.",
        at_commune("commune"),
    ),
    _transcribed(
        "jalons",
        contracts.MILESTONES,
        "Échéances de réalisation de l'annexe 4.",
        at_commune("commune"),
    ),
    _transcribed(
        "preambule",
        contracts.PREAMBLE,
        "Décomptes annoncés par le préambule.",
        at_commune("commune"),
    ),
    _transcribed(
        "causes",
        contracts.CAUSES,
        "Causes connues des écarts de rapprochement.",
        EVERYWHERE,
    ),
    _transcribed(
        "diagnostics",
        contracts.DIAGNOSTICS,
        "Diagnostics que l'annexe 4 demande de recenser.",
        at_commune("communes"),
    ),
    _transcribed(
        "indicateurs_evaluation",
        contracts.EVALUATION,
        "Indicateurs d'évaluation de l'annexe 4, dans ses mots.",
        at_commune("commune"),
    ),
    _transcribed(
        "realisations",
        contracts.EVENTS,
        "Suivi tenu par les analystes : ce qui s'est passé.",
        EVERYWHERE,
    ),
    _transcribed(
        "scenarios",
        contracts.SCENARIOS,
        "Scénarios : fermetures, ouvertures, autres cibles.",
        EVERYWHERE,
    ),
    _transcribed(
        "cibles",
        contracts.TARGETS,
        "Taux de couverture EAJE à quoi se mesure un écart.",
        EVERYWHERE,
    ),
)
