select
    objet,
    source_id,
    etape,
    ligne,
    colonne,
    valeur,
    regle
from {{ ref('stg_observatoire__rejets') }}
where gravite = 'rejet'
