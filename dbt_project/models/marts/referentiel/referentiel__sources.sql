select
    source_id,
    jeu,
    publication_id,
    producteur,
    titre,
    millesime,
    edition,
    geographie,
    couverture,
    page,
    licence,
    extrait,
    etat,
    taille_octets,
    sha256,
    conforme
from {{ ref('stg_observatoire__sources') }}
