select
    code_iris as iris,
    depcom as commune_insee,
    libcom as libelle_commune,
    coalesce(geographie, millesime) as geographie,
    edition,
    source_id
from {{ source('voisins', 'insee_iris') }}
