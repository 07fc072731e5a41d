select
    iris,
    lon,
    lat,
    source_id,
    geographie,
    edition
from {{ source('voisins', 'geo_iris') }}
