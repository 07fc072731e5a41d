select
    instance_id,
    annee,
    libelle,
    communes,
    mois,
    saison,
    echeance,
    etat,
    date_tenue,
    document,
    source_id
from {{ ref('int_reunions') }}
