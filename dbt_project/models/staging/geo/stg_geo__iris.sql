select
    iris,
    lon,
    lat,
    surface_km2,
    geographie,
    edition
from {{ source('geo', 'geo_iris') }}
