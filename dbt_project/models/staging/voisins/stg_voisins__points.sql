select
    iris,
    lon,
    lat,
    source_id
from {{ source('voisins', 'geo_iris') }}
