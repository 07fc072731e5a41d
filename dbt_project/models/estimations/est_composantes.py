from pipelines.estimation import priority


def model(dbt, session):
    return priority.standardised(dbt.ref("int_composantes_besoin").pl()).to_arrow()
