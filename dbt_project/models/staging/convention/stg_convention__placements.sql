select
    ligne_id,
    district_id,
    methode,
    preuve,
    iris,
    lon,
    lat,
    statut
from {{ source('convention', 'convention_placements') }}
