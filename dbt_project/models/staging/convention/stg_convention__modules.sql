select
    module_id,
    commune,
    module,
    action,
    quantite,
    unite_imprimee,
    unite_comprise,
    motif,
    mention,
    source_id
from {{ source('convention', 'convention_modules') }}
