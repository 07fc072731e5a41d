select
    objet,
    source_id,
    lignes_lues,
    lignes_retenues,
    lignes_ecartees
from {{ ref('stg_observatoire__admissions') }}
