select
    cible_id,
    libelle,
    taux_eaje_pct,
    millesime,
    document,
    page,
    source_id
from {{ source('convention', 'convention_cibles') }}
