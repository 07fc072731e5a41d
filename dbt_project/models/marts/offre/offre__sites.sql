-- A site is an address; the same one may shelter several services and several operators. Evidence
-- places the address that it speaks of: of the other one of a line it says nothing.
with

lieux as (
    select
        lieux.site_id,
        lieux.commune_id,
        lieux.adresse,
        lieux.rang,
        lieux.ligne_id,
        lignes.service_id
    from {{ ref('int_lieux') }} as lieux
    inner join {{ ref('int_lignes_services') }} as lignes on lieux.ligne_id = lignes.ligne_id
),

sites as (
    select
        site_id,
        commune_id,
        min(adresse) as adresse,
        count(distinct service_id) as services
    from lieux
    group by
        site_id,
        commune_id
),

-- The best evidence of all: attested before to be confirmed, with a point before without.
placements as (
    select
        lieux.site_id,
        placements.district_id,
        placements.methode,
        placements.statut,
        placements.lon,
        placements.lat
    from lieux
    inner join {{ ref('stg_observatoire__placements') }} as placements
        on
            lieux.ligne_id = placements.ligne_id
            and lieux.rang = placements.rang
    where placements.statut <> 'non placé'
    qualify
        row_number() over (
            partition by lieux.site_id
            order by
                placements.statut <> 'attesté',
                placements.lon is null,
                lieux.ligne_id,
                placements.district_id
        ) = 1
)

select
    sites.site_id,
    sites.adresse,
    sites.commune_id,
    placements.district_id,
    placements.methode as methode_placement,
    placements.statut as statut_placement,
    placements.lon,
    placements.lat,
    sites.services
from sites
left join placements on sites.site_id = placements.site_id
