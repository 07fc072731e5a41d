with

territoires as (
    {{ territoires_nommes() }}
),

types as (
    select distinct type_service
    from {{ ref('offre__services') }}
),

-- No service of a type is a figure too.
cases as (
    select
        territoires.territoire_id,
        territoires.territoire,
        territoires.commune,
        territoires.niveau,
        types.type_service
    from territoires
    cross join types
    where territoires.niveau in ('commune', 'district')
),

-- A service counts in its commune, and in its district if it is placed in one.
compte as (
    select
        territoires.territoire_id,
        services.type_service,
        count(*) as services,
        count(*) filter (where services.district_id is null) as sans_district,
        count(*) filter (where services.statut_placement = 'à confirmer') as a_confirmer,
        count(services.capacite_places) as capacites_connues,
        cast(sum(services.capacite_places) as bigint) as places_connues
    from territoires
    inner join {{ ref('offre__services') }} as services
        on territoires.territoire_id in (services.commune_id, services.district_id)
    group by
        territoires.territoire_id,
        services.type_service
)

select
    cases.territoire_id,
    cases.territoire,
    cases.commune,
    cases.niveau,
    cases.type_service,
    coalesce(compte.services, 0) as services,
    coalesce(compte.a_confirmer, 0) as services_a_confirmer,
    coalesce(compte.sans_district, 0) as services_sans_district,
    coalesce(compte.capacites_connues, 0) as capacites_connues,
    compte.places_connues
from cases
left join compte
    on
        cases.territoire_id = compte.territoire_id
        and cases.type_service = compte.type_service
