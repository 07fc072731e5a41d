select
    district_id,
    geometrie as contour_geojson
from {{ source('geo', 'geo_districts') }}
