from pipelines.estimation import families
from pipelines.estimation.draws import CensusNoise, streamed


def model(dbt, session):
    return streamed(
        families.by_territory(
            dbt.ref("int_familles_iris").pl(),
            dbt.ref("int_iris_territoires").pl(),
            CensusNoise(
                draws=dbt.ref("int_tirages").pl().item(),
                seed=dbt.config.get("graine"),
                design_effect=dbt.config.get("effet_de_sondage"),
            ),
        )
    )
