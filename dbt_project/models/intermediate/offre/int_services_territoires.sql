-- A service counts in its commune, and in its district where one is known.
with

services as (
    select
        service_id,
        type_service,
        commune_id,
        district_id,
        statut_placement
    from {{ ref('int_services') }}
)

select
    service_id,
    type_service,
    statut_placement,
    commune_id as territoire_id,
    'commune' as niveau
from services
union all
select
    service_id,
    type_service,
    statut_placement,
    district_id as territoire_id,
    'district' as niveau
from services
where district_id is not null
