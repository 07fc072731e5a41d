select
    indicateur_id,
    territoire_id,
    rang,
    probabilite_pct
from {{ ref('int_rangs') }}
