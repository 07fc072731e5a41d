select
    objet,
    source_id,
    lignes_lues,
    lignes_retenues,
    lignes_ecartees,
    lignes_hors_territoire
from {{ ref('stg_observatoire__admissions') }}
