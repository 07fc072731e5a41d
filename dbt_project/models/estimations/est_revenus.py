from pipelines.estimation import incomes


def model(dbt, session):
    return incomes.by_territory(
        dbt.ref("int_revenus_iris").pl(),
        dbt.ref("int_population_iris").pl(),
        dbt.ref("int_iris_territoires").pl(),
        draws=dbt.config.get("tirages"),
        seed=dbt.config.get("graine"),
        design_effect=dbt.config.get("effet_de_sondage"),
    ).to_arrow()
