select
    ligne_id,
    champ,
    valeur_attendue,
    valeur_corrigee,
    motif
from {{ source('convention', 'convention_corrections') }}
