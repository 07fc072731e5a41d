select
    jalon_id,
    commune as communes,
    echeance,
    libelle,
    source_id
from {{ ref('stg_convention__jalons') }}
