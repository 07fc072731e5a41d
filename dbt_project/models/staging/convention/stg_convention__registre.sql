select
    ligne_id,
    annexe,
    ordre,
    commune,
    rubrique,
    gestion,
    nom,
    adresse,
    millesime,
    edition,
    source_id
from {{ source('convention', 'convention_registre') }}
