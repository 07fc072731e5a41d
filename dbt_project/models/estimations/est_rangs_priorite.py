from pipelines.estimation import priority
from pipelines.estimation.draws import streamed


def model(dbt, session):
    return streamed(
        priority.ranks(
            dbt.ref("int_criteres_priorite")
            .select("critere", "variante", "territoire_id", "valeurs")
            .pl(),
            dbt.ref("est_poids").pl().filter(indice="PRI01"),
            seed=dbt.config.get("graine"),
            catchment=dbt.config.get("captage_m"),
        )
    )
