-- A total given for several services is shared equally between them.
select
    services.service_id,
    services.commune_id,
    services.district_id,
    capacites.places_groupe / capacites.services_groupe as places
from {{ ref('int_services') }} as services
left join {{ ref('int_capacites') }} as capacites
    on services.service_id = capacites.service_id
where services.type_service in {{ types_eaje() }}
