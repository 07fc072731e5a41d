from pipelines.estimation import accessibility
from pipelines.estimation.draws import CensusNoise


def model(dbt, session):
    whole = dbt.ref("int_voisins").filter("manques is null").pl()
    neighbours = dbt.ref("int_voisins_sites").pl()
    return accessibility.by_territory(
        dbt.ref("int_enfants_situes").pl(),
        dbt.ref("int_iris_territoires").pl(),
        dbt.ref("int_sites_eaje").pl(),
        dbt.ref("est_sites").pl(),
        neighbours.join(whole, on=(*accessibility.SYSTEM, "commune_insee"), how="semi"),
        catchment=dbt.config.get("captage_m"),
        alternatives=dbt.config.get("captages_m"),
        decay=dbt.config.get("attenuation"),
        noise=CensusNoise(
            draws=dbt.ref("int_tirages").pl().item(),
            seed=dbt.config.get("graine"),
            design_effect=dbt.config.get("effet_de_sondage"),
        ),
    ).to_arrow()
