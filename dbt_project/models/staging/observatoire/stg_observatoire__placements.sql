select
    ligne_id,
    rang,
    district_id,
    commune_id,
    methode,
    score,
    preuve,
    iris,
    lon,
    lat,
    statut,
    motif
from {{ source('observatoire', 'observatoire_placements') }}
