select
    services.operateur_id,
    min(services.operateur) as libelle,
    min(services.gestion) as gestion,
    count(distinct services.service_id) as services,
    count(distinct sites.site_id) as sites,
    list_sort(list_distinct(list(services.type_service))) as types_service
from {{ ref('int_services') }} as services
left join {{ ref('offre__services_sites') }} as sites on services.service_id = sites.service_id
where services.operateur_id is not null
group by services.operateur_id
