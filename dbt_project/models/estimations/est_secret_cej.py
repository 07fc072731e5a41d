from pipelines import cej


def model(dbt, session):
    return cej.protected(
        dbt.ref("int_libelles_cej").pl(),
        dbt.ref("int_territoires").pl(),
        dbt.ref("int_registre").pl(),
    ).to_arrow()
