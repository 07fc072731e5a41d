select
    capacite_id,
    lignes,
    places,
    millesime,
    document,
    mention,
    remarque
from {{ source('convention', 'convention_capacites') }}
