from pipelines.estimation import cej


def model(dbt, session):
    return cej.protected(
        dbt.ref("stg_caf__cej").pl(),
        dbt.ref("int_territoires").pl(),
        dbt.ref("int_registre").pl(),
    ).to_arrow()
