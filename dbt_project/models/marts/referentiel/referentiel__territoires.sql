select
    territoire_id,
    libelle,
    niveau,
    commune_id
from {{ ref('int_territoires') }}
