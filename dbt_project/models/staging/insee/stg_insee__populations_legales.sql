select
    depcom as commune_insee,
    pmun as personnes,
    millesime,
    edition,
    geographie,
    source_id
from {{ source('insee', 'insee_populations_legales') }}
