select
    source_id,
    ligne,
    date_evenement,
    objet,
    evenement,
    places,
    annee_prevue_nouvelle,
    document,
    remarque
from {{ ref('stg_convention__realisations') }}
