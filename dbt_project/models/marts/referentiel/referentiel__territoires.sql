select
    territoire_id,
    libelle,
    niveau,
    commune_id,
    commune_insee
from {{ ref('int_territoires') }}
