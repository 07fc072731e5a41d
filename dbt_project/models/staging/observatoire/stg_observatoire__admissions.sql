select
    objet,
    source_id,
    lignes_lues,
    lignes_retenues,
    lignes_rejetees as lignes_ecartees
from {{ source('journal', 'admissions') }}
