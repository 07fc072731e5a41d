-- What a scenario leaves open of each site.
with

lignes_fermees as (
    select
        scenario_id,
        unnest(string_split(lignes, '+')) as ligne_id
    from {{ ref('stg_convention__scenarios') }}
    where levier = 'fermeture'
),

fermes as (
    select distinct
        lignes_fermees.scenario_id,
        eaje.service_id,
        eaje.places is null as inconnu,
        coalesce(eaje.unite_id, eaje.commune_id) as aire
    from lignes_fermees
    inner join {{ ref('int_lignes_services') }} as services
        on lignes_fermees.ligne_id = services.ligne_id
    inner join {{ ref('int_eaje') }} as eaje on services.service_id = eaje.service_id
    where
        eaje.collectif
        or eaje.places is not null
),

-- A service whose capacity is not known is one of the establishments of its district, or of its
-- commune if nothing places it, none more than another: each loses the same share of its places.
fermes_par_aire as (
    select
        scenario_id,
        aire,
        count(*) as services
    from fermes
    where inconnu
    group by
        scenario_id,
        aire
),

aires as (
    select
        fermes_par_aire.scenario_id,
        fermes_par_aire.aire,
        fermes_par_aire.services,
        sites.millesime,
        sites.edition,
        {{ somme('sites.etablissements') }} as etablissements
    from fermes_par_aire
    inner join {{ ref('int_sites_reference') }} as sites
        on fermes_par_aire.aire in (sites.unite_id, sites.commune_id)
    group by
        fermes_par_aire.scenario_id,
        fermes_par_aire.aire,
        fermes_par_aire.services,
        sites.millesime,
        sites.edition
)

-- A site is in two of these areas at most: a product of two does not depend on their order.
select
    aires.scenario_id,
    sites.site_id,
    sites.millesime,
    sites.edition,
    product(1 - least(aires.services / aires.etablissements, 1)) as part_ouverte
from aires
inner join {{ ref('int_sites_reference') }} as sites
    on
        aires.millesime = sites.millesime
        and aires.edition = sites.edition
        and aires.aire in (sites.unite_id, sites.commune_id)
where sites.etablissements > 0
group by
    aires.scenario_id,
    sites.site_id,
    sites.millesime,
    sites.edition
union all
select
    fermes.scenario_id,
    sites.site_id,
    sites.millesime,
    sites.edition,
    0 as part_ouverte
from fermes
inner join {{ ref('int_sites_reference') }} as sites on fermes.service_id = sites.service_id
