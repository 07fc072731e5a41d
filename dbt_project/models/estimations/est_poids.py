from pipelines.estimation import priority


def model(dbt, session):
    return priority.weights(
        {"BES04": dbt.config.get("poids_besoin"), "PRI01": dbt.config.get("poids_priorite")},
        draws=dbt.ref("int_tirages").pl().item(),
        seed=dbt.config.get("graine"),
        concentration=dbt.config.get("concentration_poids"),
    ).to_arrow()
