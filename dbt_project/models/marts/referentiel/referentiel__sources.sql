select
    source_id,
    jeu,
    producteur,
    titre,
    millesime,
    edition,
    couverture,
    page,
    licence,
    extrait,
    taille_octets,
    sha256,
    conforme
from {{ ref('stg_observatoire__sources') }}
