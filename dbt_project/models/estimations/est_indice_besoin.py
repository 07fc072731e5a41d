from pipelines.estimation import priority
from pipelines.estimation.draws import streamed


def model(dbt, session):
    return streamed(
        priority.need(
            dbt.ref("est_composantes").pl(),
            dbt.ref("est_poids").pl().filter(indice="BES04"),
            minimum_weight_pct=dbt.config.get("seuil_poids_pct"),
        )
    )
