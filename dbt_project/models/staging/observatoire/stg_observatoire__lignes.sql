select
    objet,
    source_id,
    ligne,
    annee,
    sujet,
    nature,
    lieux,
    geographie,
    empreinte
from {{ source('lignage', 'observatoire_lignes') }}
