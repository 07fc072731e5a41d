with

services as (
    select
        service_id,
        type_service,
        commune_id,
        statut_placement
    from {{ ref('int_services') }}
),

districts as (
    select distinct
        lignes.service_id,
        placements.district_id
    from {{ ref('stg_observatoire__placements') }} as placements
    inner join {{ ref('int_lignes_services') }} as lignes
        on placements.ligne_id = lignes.ligne_id
    where placements.statut <> 'non placé'
)

select
    services.service_id,
    services.type_service,
    services.statut_placement,
    services.commune_id as territoire_id,
    'commune' as niveau
from services
union all
select
    services.service_id,
    services.type_service,
    services.statut_placement,
    districts.district_id as territoire_id,
    'district' as niveau
from services
inner join districts on services.service_id = districts.service_id
