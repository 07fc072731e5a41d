select
    territoire_id,
    libelle,
    niveau,
    commune_id,
    prefixe_iris,
    gestionnaire
from {{ source('observatoire', 'observatoire_territoires') }}
