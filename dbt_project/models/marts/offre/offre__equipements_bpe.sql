select
    territoire_id,
    niveau,
    type_equipement,
    libelle,
    millesime,
    edition,
    equipements,
    source_id
from {{ ref('int_equipements_territoires') }}
