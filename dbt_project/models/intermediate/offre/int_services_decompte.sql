-- A registry that lists no service of a type counts zero of it; without one nothing is known.
with

territoires as (
    select
        territoire_id,
        niveau,
        commune_id
    from {{ ref('int_territoires') }}
    where niveau in ('commune', 'district')
),

comptes as (
    select
        territoire_id,
        type_service,
        count(*) as services,
        count(*) filter (where statut_placement = 'à confirmer') as services_a_confirmer
    from {{ ref('int_services_territoires') }}
    group by
        territoire_id,
        type_service
),

communes as (
    select
        commune_id,
        type_service,
        count(*) as services_commune,
        count(*) filter (where district_id is null) as services_non_places
    from {{ ref('int_services') }}
    group by
        commune_id,
        type_service
)

select
    territoires.territoire_id,
    territoires.niveau,
    types.type_service,
    coalesce(comptes.services, 0) as services,
    if(territoires.niveau = 'district', coalesce(comptes.services_a_confirmer, 0), 0)
        as services_a_confirmer,
    if(territoires.niveau = 'district', coalesce(communes.services_non_places, 0), 0)
        as services_non_places,
    coalesce(communes.services_commune, 0) as services_commune
from territoires
cross join {{ ref('int_types_service') }} as types
left join comptes
    on
        territoires.territoire_id = comptes.territoire_id
        and types.type_service = comptes.type_service
left join communes
    on
        territoires.commune_id = communes.commune_id
        and types.type_service = communes.type_service
where exists (select services.service_id from {{ ref('int_services') }} as services)
