select
    territoire_id,
    niveau,
    tranche_age,
    millesime,
    edition,
    {{ un_tirage_par_ligne('personnes') }}
from {{ ref('est_population_listes') }}
