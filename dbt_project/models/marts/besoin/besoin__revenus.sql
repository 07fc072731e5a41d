select
    territoire_id,
    niveau,
    millesime,
    edition,
    taux_pauvrete_pct,
    mediane_min_eur,
    mediane_max_eur,
    iris_total,
    iris_publies,
    population_couverte_pct,
    sources
from {{ ref('int_revenus_territoires') }}
