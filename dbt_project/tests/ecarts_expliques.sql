select
    rapprochement_id,
    attendu,
    trouve,
    ecart
from {{ ref('int_rapprochements') }}
where starts_with(cause, 'À instruire')
