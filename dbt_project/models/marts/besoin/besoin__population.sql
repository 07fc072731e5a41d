select
    territoire_id,
    niveau,
    tranche_age,
    millesime,
    edition,
    personnes,
    borne_basse_personnes,
    borne_haute_personnes,
    source_id
from {{ ref('int_population_territoires') }}
