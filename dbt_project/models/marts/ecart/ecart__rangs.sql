select
    'BES04' as indicateur_id,
    territoire_id,
    rang,
    probabilite_pct
from {{ ref('int_rangs_besoin') }}
union all
select
    'PRI01' as indicateur_id,
    territoire_id,
    rang,
    probabilite_pct
from {{ ref('int_rangs_priorite') }}
