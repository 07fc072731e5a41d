with

eaje as (
    select
        service_id,
        territoire_id,
        niveau
    from {{ ref('int_services_territoires') }}
    where type_service in ('EAJE', 'crèche familiale', 'micro-crèche')
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
)

select
    territoires.territoire_id,
    territoires.niveau,
    coalesce(totaux.services, 0) as services,
    coalesce(connues.services_connus, 0) as services_connus,
    connues.places_connues,
    100 * coalesce(connues.services_connus, 0) / totaux.services as completude_pct
from {{ ref('int_territoires') }} as territoires
left join totaux on territoires.territoire_id = totaux.territoire_id
left join connues on territoires.territoire_id = connues.territoire_id
where territoires.niveau in ('commune', 'district')
