from pipelines.estimation import beneficiaries, population
from pipelines.estimation.draws import CensusNoise, streamed

CHILDREN = (
    "iris", "tranche_age", "masque", "millesime", "edition", "borne_basse", "borne_haute",
)  # fmt: skip


def model(dbt, session):
    children = dbt.ref("int_caf_iris").filter("mesure = 'enfants couverts'")
    # Most vintages of a whole country have no census: nothing is drawn of them.
    counted = dbt.ref("int_population_iris").select("millesime").distinct()
    return streamed(
        beneficiaries.by_territory(
            children.join(counted, "millesime", how="semi").select(*CHILDREN).pl(),
            dbt.ref("int_plafonds_caf").pl(),
            population.read(dbt.ref("int_population_iris")),
            dbt.ref("int_iris_territoires").pl(),
            CensusNoise(
                draws=dbt.ref("int_tirages").pl().item(),
                seed=dbt.config.get("graine"),
                design_effect=dbt.config.get("effet_de_sondage"),
            ),
        )
    )
