{{ config(
    severity='warn',
    meta={'dagster': {'ref': {'name': 'int_rapprochements'}}},
    description="Un écart entre deux décomptes n'a pas de cause connue dans causes.csv."
) }}

select
    rapprochement_id,
    attendu,
    trouve,
    ecart
from {{ ref('int_rapprochements') }}
where starts_with(cause, 'À instruire')
