select
    territoire_id,
    niveau,
    annee,
    naissances,
    motif_absence,
    edition,
    source_id
from {{ ref('int_naissances_territoires') }}
