select
    jalon_id,
    commune,
    echeance,
    libelle,
    source_id
from {{ source('convention', 'convention_jalons') }}
