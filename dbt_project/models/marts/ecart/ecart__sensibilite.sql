select
    hypothese,
    modalite,
    territoire_id,
    probabilite_pct,
    probabilite_reference_pct,
    prioritaire,
    bascule
from {{ ref('int_sensibilite') }}
