from pipelines.estimation import beneficiaries


def model(dbt, session):
    return beneficiaries.by_territory(
        dbt.ref("int_caf_iris").pl(),
        dbt.ref("int_plafonds_caf").pl(),
        dbt.ref("int_population_iris").pl(),
        dbt.ref("int_iris_territoires").pl(),
        draws=dbt.config.get("tirages"),
        seed=dbt.config.get("graine"),
        design_effect=dbt.config.get("effet_de_sondage"),
    ).to_arrow()
