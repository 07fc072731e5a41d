from pipelines.estimation import population
from pipelines.estimation.draws import CensusNoise, streamed


def model(dbt, session):
    return streamed(
        population.by_territory(
            population.read(dbt.ref("int_population_iris")),
            dbt.ref("int_iris_territoires").pl(),
            CensusNoise(
                draws=dbt.ref("int_tirages").pl().item(),
                seed=dbt.config.get("graine"),
                design_effect=dbt.config.get("effet_de_sondage"),
            ),
        )
    )
