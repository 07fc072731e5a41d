select
    rapprochement_id,
    ecart,
    cause
from {{ source('convention', 'convention_causes') }}
