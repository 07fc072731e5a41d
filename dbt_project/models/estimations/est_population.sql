select
    territoire_id,
    niveau,
    tranche_age,
    millesime,
    edition,
    unnest(range(len(personnes))) as tirage,
    unnest(personnes) as personnes
from {{ ref('est_population_listes') }}
