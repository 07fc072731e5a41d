select
    rapprochement_id,
    theme,
    territoire_id,
    objet,
    millesime,
    edition,
    attendu,
    trouve,
    ecart,
    cause
from {{ ref('int_rapprochements') }}
