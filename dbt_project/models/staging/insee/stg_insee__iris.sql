select
    code_iris as iris,
    lib_iris as libelle,
    typ_iris as type_iris,
    depcom as commune_insee,
    libcom as libelle_commune,
    coalesce(geographie, millesime) as geographie,
    edition,
    source_id
from {{ source('insee', 'insee_iris') }}
