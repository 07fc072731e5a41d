select
    iris,
    lon,
    lat,
    surface_km2
from {{ ref('stg_geo__iris') }}
qualify {{ le_plus_recent('iris') }}
