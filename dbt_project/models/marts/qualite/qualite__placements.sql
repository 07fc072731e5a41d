with

services as (
    select
        commune_id,
        coalesce(statut_placement, 'non placé') as statut,
        coalesce(methode_placement, 'aucune') as methode
    from {{ ref('int_services') }}
)

select
    commune_id,
    statut,
    methode,
    count(*) as services,
    100.0 * count(*) / sum(count(*)) over (partition by commune_id) as part_pct
from services
group by
    commune_id,
    statut,
    methode
