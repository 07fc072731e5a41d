select
    ligne,
    date as date_evenement,
    objet,
    evenement,
    places,
    annee_prevue_nouvelle,
    document,
    remarque,
    source_id
from {{ source('convention', 'convention_realisations') }}
