select
    district_id,
    contour_geojson
from {{ ref('stg_geo__districts') }}
qualify {{ le_plus_recent('district_id') }}
