select
    objet,
    source_id,
    lignes_lues,
    lignes_retenues,
    lignes_rejetees as lignes_ecartees,
    lignes_hors_territoire
from {{ source('journal', 'admissions') }}
