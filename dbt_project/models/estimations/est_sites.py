from pipelines.estimation import places


def model(dbt, session):
    known = dbt.ref("int_eaje").filter("collectif").pl()["places"]
    return places.by_site(
        dbt.ref("int_sites_eaje").pl(),
        dbt.ref("int_places_a_repartir").pl(),
        known,
        draws=dbt.ref("int_tirages").pl().item(),
        seed=dbt.config.get("graine"),
        minimum_known=dbt.config.get("capacites_minimum"),
    ).to_arrow()
