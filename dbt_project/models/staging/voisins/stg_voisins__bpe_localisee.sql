select
    {{ lieu_bpe('dciris', 'depcom') }} as iris,
    depcom as commune_insee,
    typequ as type_equipement,
    1 as equipements,
    millesime,
    edition,
    source_id
from {{ source('voisins', 'insee_bpe_localisee') }}
