select
    diagnostic_id,
    libelle,
    detenteur,
    date_document,
    communes,
    document,
    mention,
    source_id
from {{ source('convention', 'convention_diagnostics') }}
