-- Published only as protected; the figures of a service are in offre.activite_eaje.
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
from {{ ref('est_secret_cej') }}
where niveau <> 'service'
