from pipelines.estimation import priority


def model(dbt, session):
    return priority.ranks(
        dbt.ref("int_criteres_priorite")
        .select("critere", "variante", "tirage", "territoire_id", "valeur")
        .pl(),
        dbt.ref("est_poids").pl().filter(indice="PRI01"),
        seed=dbt.config.get("graine"),
        catchment=dbt.config.get("captage_m"),
    ).to_arrow()
