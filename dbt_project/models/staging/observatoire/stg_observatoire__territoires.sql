select
    territoire_id,
    libelle,
    niveau,
    commune_id,
    commune_insee,
    prefixe_iris,
    gestionnaire,
    chiffres_district,
    debut,
    fin
from {{ source('observatoire', 'observatoire_territoires') }}
