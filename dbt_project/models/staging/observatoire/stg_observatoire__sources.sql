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
from {{ source('observatoire', 'observatoire_sources') }}
