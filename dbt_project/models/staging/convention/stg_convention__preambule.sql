select
    ligne_id,
    commune,
    objet,
    categorie,
    gestion,
    attendu,
    mention,
    source_id
from {{ source('convention', 'convention_preambule') }}
