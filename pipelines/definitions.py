"""The table of contents: every asset, check, job, schedule and sensor of the observatory."""

import logging

import dagster as dg

from pipelines import (
    dictionary,
    downloads,
    freshness,
    indicators,
    lineage,
    publish,
    schedules,
    transform,
)
from pipelines.diagnostic import previews
from pipelines.diagnostic.assets import export_assets
from pipelines.ingest import assets as ingest
from pipelines.naming import VINTAGES
from pipelines.presentation import introduced
from pipelines.warehouse import Warehouse, raw_asset


class _FrenchLines(logging.Formatter):
    """A line a step, in the words of the step."""

    def format(self, record: logging.LogRecord) -> str:
        message = getattr(record, "dagster_meta", {}).get("orig_message", record.getMessage())
        return f"  {message}"


def _spoken_by_an_asset(record: logging.LogRecord) -> bool:
    """The engine's events are in the UI; of a step that is skipped, the failed one says enough."""
    meta = getattr(record, "dagster_meta", {})
    skipped = meta.get("orig_message", "").startswith("Dependencies for step")
    return not skipped and getattr(record, "dagster_event", None) is None


def _console(_: dg.InitLoggerContext) -> logging.Logger:
    """A logger that lets through only what the assets say themselves."""
    handler = logging.StreamHandler()
    handler.setFormatter(_FrenchLines())
    handler.addFilter(_spoken_by_an_asset)
    logger = logging.Logger("observatoire", level=logging.INFO)
    logger.addHandler(handler)
    return logger


console = dg.LoggerDefinition(_console, description="Les étapes, en français, une ligne chacune.")

refresh = dg.define_asset_job(
    schedules.JOB,
    # What is cut by year cannot be in a job that is launched without a year.
    selection=dg.AssetSelection.all() - dg.AssetSelection.groups(VINTAGES),
    description="Lit les fichiers de sources/, contrôle, calcule et publie l'entrepôt, puis écrit "
    "ses exports. Pour le lancer : « Materialize all ». S'il échoue, la dernière ligne rouge de "
    "l'exécution dit le fichier, la ligne et le remède ; le fichier publié reste tel qu'il était.",
    config={"loggers": {"console": {}}},
    executor_def=dg.in_process_executor,
)

defs = dg.Definitions(
    assets=dg.map_asset_specs(
        introduced,
        [
            *ingest.assets(),
            raw_asset(
                "observatoire_dictionnaire",
                "Le dictionnaire des tables publiées, lu dans la documentation de dbt.",
                dictionary.frame,
            ),
            raw_asset(
                indicators.TABLE,
                "Le catalogue des indicateurs, lu dans la documentation des modèles.",
                indicators.frame,
            ),
            raw_asset(
                lineage.RULES,
                "Les règles de calcul : ce que chacune lit, et son empreinte.",
                lineage.rules_frame,
            ),
            lineage.rows_asset(),
            *transform.journals(),
            transform.models(),
            *publish.publication_assets(),
            previews.asset(),
            *export_assets(),
        ],
    ),
    asset_checks=[publish.mart_contracts(), freshness.check()],
    jobs=[refresh, downloads.download, freshness.watch],
    schedules=[*schedules.schedules(), freshness.daily],
    sensors=[schedules.dropped_files],
    resources={"warehouse": Warehouse()},
    loggers={"console": console},
    # One process: the build file has one writer, and a second interpreter costs three seconds.
    executor=dg.in_process_executor,
)
