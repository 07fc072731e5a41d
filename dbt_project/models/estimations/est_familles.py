from pipelines.estimation import families


def model(dbt, session):
    return families.by_territory(
        dbt.ref("int_familles_iris").pl(),
        dbt.ref("int_iris_territoires").pl(),
        draws=dbt.config.get("tirages"),
        seed=dbt.config.get("graine"),
        design_effect=dbt.config.get("effet_de_sondage"),
    ).to_arrow()
