select
    {{ lieu_bpe('dciris', 'depcom') }} as iris,
    typequ as type_equipement,
    1 as equipements,
    millesime,
    edition,
    geographie,
    source_id
from {{ source('insee', 'insee_bpe_localisee') }}
