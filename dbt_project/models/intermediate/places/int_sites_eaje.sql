-- A scenario has the sites of the reference, some of them less open, and those that it opens: each
-- lever is one establishment more.
with

ouvertures as (
    select
        leviers.scenario_id,
        'ouverture@' || territoires.territoire_id as site_id,
        territoires.commune_insee,
        territoires.commune_id,
        territoires.territoire_id as unite_id,
        sum(leviers.places) as places,
        count(*) as etablissements,
        repartis.millesime,
        repartis.edition
    from {{ ref('stg_convention__scenarios') }} as leviers
    inner join {{ ref('int_territoires') }} as territoires
        on leviers.territoire_id = territoires.territoire_id
    inner join {{ ref('int_places_a_repartir') }} as repartis
        on territoires.commune_insee = repartis.commune_insee
    where
        leviers.levier = 'ouverture'
        and repartis.empechement is null
    group by
        leviers.scenario_id,
        territoires.territoire_id,
        territoires.commune_insee,
        territoires.commune_id,
        repartis.millesime,
        repartis.edition
)

select
    scenarios.scenario_id,
    sites.site_id,
    sites.service_id,
    sites.capacite_id,
    sites.commune_insee,
    sites.commune_id,
    sites.unite_id,
    sites.iris,
    coalesce(sites.lon, points.lon) as lon,
    coalesce(sites.lat, points.lat) as lat,
    sites.part,
    sites.places_connues,
    sites.etablissements,
    coalesce(fermetures.part_ouverte, 1) as part_ouverte,
    sites.millesime,
    sites.edition
from {{ ref('int_scenarios') }} as scenarios
cross join {{ ref('int_sites_reference') }} as sites
left join {{ ref('int_fermetures') }} as fermetures
    on
        scenarios.scenario_id = fermetures.scenario_id
        and sites.site_id = fermetures.site_id
        and sites.millesime = fermetures.millesime
        and sites.edition = fermetures.edition
left join {{ ref('int_points_iris') }} as points on sites.iris = points.iris
union all
select
    scenario_id,
    site_id,
    null as service_id,
    null as capacite_id,
    commune_insee,
    commune_id,
    unite_id,
    null as iris,
    null as lon,
    null as lat,
    1 as part,
    cast(places as double) as places_connues,
    etablissements,
    1 as part_ouverte,
    millesime,
    edition
from ouvertures
