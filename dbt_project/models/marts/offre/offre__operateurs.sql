select
    operateur_id,
    min(operateur) as libelle,
    min(gestion) as gestion,
    count(*) as services,
    count(distinct site_id) as sites,
    list_sort(list_distinct(list(type_service))) as types_service
from {{ ref('int_services') }}
where operateur_id is not null
group by operateur_id
