with

eaje as (
    select
        service_id,
        territoire_id,
        niveau
    from {{ ref('int_services_territoires') }}
    where type_service in {{ types_eaje() }}
),

-- A total for several services tells nothing of a territory that holds only some of them.
groupes as (
    select
        eaje.territoire_id,
        capacites.capacite_id,
        any_value(capacites.places_groupe) as places,
        count(*) as services
    from {{ ref('int_capacites') }} as capacites
    inner join eaje on capacites.service_id = eaje.service_id
    group by
        eaje.territoire_id,
        capacites.capacite_id
    having count(*) = any_value(capacites.services_groupe)
),

connues as (
    select
        territoire_id,
        sum(places) as places_connues,
        sum(services) as services_connus
    from groupes
    group by territoire_id
),

totaux as (
    select
        territoire_id,
        count(*) as services
    from eaje
    group by territoire_id
),

-- An EAJE that nothing places may stand in any district of its commune: it counts there as one
-- whose capacity is not known.
sans_district as (
    select
        commune_id,
        count(*) as services
    from {{ ref('int_services') }}
    where
        type_service in {{ types_eaje() }}
        and district_id is null
    group by commune_id
),

decompte as (
    select
        territoires.territoire_id,
        territoires.niveau,
        coalesce(totaux.services, 0) as services,
        if(territoires.niveau = 'district', coalesce(sans_district.services, 0), 0)
            as services_non_places,
        coalesce(connues.services_connus, 0) as services_connus,
        connues.places_connues
    from {{ ref('int_territoires') }} as territoires
    left join totaux on territoires.territoire_id = totaux.territoire_id
    left join connues on territoires.territoire_id = connues.territoire_id
    left join sans_district on territoires.commune_id = sans_district.commune_id
    where territoires.niveau in ('commune', 'district')
)

select
    territoire_id,
    niveau,
    services,
    services_non_places,
    services_connus,
    places_connues,
    services + services_non_places as services_possibles,
    100 * services_connus / nullif(services + services_non_places, 0) as completude_pct
from decompte
