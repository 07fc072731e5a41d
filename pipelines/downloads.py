"""The job that downloads: what `make fetch` does, from the Dagster UI.

It is apart from the refresh, which never touches the network.
"""

import dagster as dg

from pipelines.errors import SourceError
from pipelines.fetch import bring, summary

JOB = "telecharger"


@dg.op(
    name="telechargements",
    description="Télécharge dans cache/ les publications qui manquent à la convention, puis "
    "demande au service national d'adresse où sont les adresses du registre. Sans réseau, le dit "
    "en une ligne.",
)
def _bring(context: dg.OpExecutionContext) -> None:
    try:
        outcomes = bring(report=context.log.info)
    except SourceError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    context.log.info(summary(outcomes))
    refused = [outcome.message for outcome in outcomes if outcome.refused]
    if refused:
        raise dg.Failure(description=" ".join(refused), allow_retries=False)


@dg.job(
    name=JOB,
    description="Télécharge ce qui manque : à lancer avant refresh quand un millésime paraît.",
    config={"loggers": {"console": {}}},
    executor_def=dg.in_process_executor,
)
def download() -> None:
    """Bring what the convention lacks."""
    _bring()
