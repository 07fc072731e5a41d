select
    instance_id,
    libelle,
    commune,
    frequence_par_an,
    mois,
    saison,
    document,
    mention,
    source_id
from {{ source('convention', 'convention_calendrier') }}
