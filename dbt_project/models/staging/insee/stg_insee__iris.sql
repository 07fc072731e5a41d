select
    code_iris as iris,
    lib_iris as libelle,
    typ_iris as type_iris,
    grd_quart as grand_quartier,
    depcom as commune_insee,
    source_id
from {{ source('insee', 'insee_iris') }}
