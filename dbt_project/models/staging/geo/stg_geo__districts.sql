select
    district_id,
    geometrie as contour_geojson,
    geographie,
    edition
from {{ source('geo', 'geo_districts') }}
