select
    jalon_id,
    commune,
    cast(echeance as date) as echeance,
    libelle,
    source_id
from {{ source('convention', 'convention_jalons') }}
