from pipelines.estimation import services


def model(dbt, session):
    return services.by_territory(
        dbt.ref("int_services").pl(),
        dbt.ref("int_services_decompte").pl(),
        dbt.ref("int_territoires").pl(),
        draws=dbt.ref("int_tirages").pl().item(),
        seed=dbt.config.get("graine"),
    ).to_arrow()
