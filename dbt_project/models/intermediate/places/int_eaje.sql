-- A total for a group of services is shared equally between them: nothing says who has what.
with

unites as (
    select
        territoire_id as unite_id,
        commune_id,
        commune_insee,
        niveau
    from {{ ref('int_territoires') }}
    where niveau in ('commune', 'district')
)

select
    services.service_id,
    services.lignes,
    services.type_service,
    -- A BPE establishment is a building where children are together.
    services.type_service <> 'crèche familiale' as collectif,
    communes.commune_insee,
    services.commune_id,
    coalesce(
        services.district_id,
        if(communes_decoupees.commune_id is null, services.commune_id, null)
    ) as unite_id,
    services.iris,
    services.lon,
    services.lat,
    capacites.capacite_id,
    capacites.millesime as millesime_capacite,
    capacites.places_groupe / capacites.services_groupe as places
from {{ ref('int_services') }} as services
inner join unites as communes on services.commune_id = communes.unite_id
left join (
    select distinct unites.commune_id
    from unites
    where unites.niveau = 'district'
) as communes_decoupees
    on services.commune_id = communes_decoupees.commune_id
left join {{ ref('int_capacites') }} as capacites on services.service_id = capacites.service_id
where services.type_service in {{ types_eaje() }}
