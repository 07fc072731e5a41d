-- A site is an address; the same one may shelter several services and several operators. Its
-- district is the one of the services placed there.
with

lieux as (
    select
        lieux.commune_id || '-' || replace(lieux.adresse_normalisee, ' ', '-') as site_id,
        lieux.commune_id,
        lieux.adresse,
        lignes.service_id,
        lieux.rang
    from {{ ref('int_lieux') }} as lieux
    inner join {{ ref('int_lignes_services') }} as lignes
        on lieux.ligne_id = lignes.ligne_id
)

select
    lieux.site_id,
    min(lieux.adresse) as adresse,
    lieux.commune_id,
    min(services.district_id) as district_id,
    arg_min(services.methode_placement, services.statut_placement) as methode_placement,
    min(services.statut_placement) as statut_placement,
    min(services.lon) filter (where lieux.rang = 1) as lon,
    min(services.lat) filter (where lieux.rang = 1) as lat,
    count(distinct lieux.service_id) as services
from lieux
inner join {{ ref('int_services') }} as services on lieux.service_id = services.service_id
group by
    lieux.site_id,
    lieux.commune_id
