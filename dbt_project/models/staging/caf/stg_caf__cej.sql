select
    territoire as territoire_id,
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
    edition,
    source_id,
    ligne
from {{ source('caf', 'caf_cej') }}
