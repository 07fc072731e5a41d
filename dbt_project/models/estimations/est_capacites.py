from pipelines.estimation import capacities


def model(dbt, session):
    return capacities.by_territory(
        dbt.ref("int_eaje").pl(),
        dbt.ref("int_services_territoires").pl(),
        dbt.ref("int_capacites_territoires").pl(),
        dbt.ref("int_territoires").pl(),
        draws=dbt.ref("int_tirages").pl().item(),
        seed=dbt.config.get("graine"),
        small_nursery_places=dbt.config.get("capacite_micro_creche_places"),
    ).to_arrow()
