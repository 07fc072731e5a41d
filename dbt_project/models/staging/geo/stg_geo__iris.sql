select
    iris,
    lon,
    lat,
    surface_km2
from {{ source('geo', 'geo_iris') }}
