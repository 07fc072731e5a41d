select
    indicateur_evaluation_id,
    commune,
    document,
    mention,
    suivi_par,
    source_id
from {{ source('convention', 'convention_indicateurs_evaluation') }}
