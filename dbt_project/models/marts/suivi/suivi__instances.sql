select
    instance_id,
    libelle,
    commune as communes,
    frequence_par_an,
    mois,
    saison,
    document,
    mention,
    source_id
from {{ ref('stg_convention__calendrier') }}
