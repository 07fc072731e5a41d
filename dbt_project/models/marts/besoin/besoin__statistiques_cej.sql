select
    territoire_id,
    niveau,
    annee,
    mois_reference,
    theme,
    libelle,
    age_min_ans,
    age_max_ans,
    unite,
    statut,
    valeur,
    source_id
from {{ ref('stg_caf__cej') }}
