select
    iris,
    lon,
    lat
from {{ source('voisins', 'geo_iris') }}
