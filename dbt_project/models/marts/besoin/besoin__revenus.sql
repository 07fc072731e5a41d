select
    territoire_id,
    niveau,
    millesime,
    edition,
    taux_pauvrete_pct,
    borne_basse_taux_pauvrete,
    borne_haute_taux_pauvrete,
    mediane_min_eur,
    mediane_max_eur,
    iris_total,
    iris_publies,
    population_couverte_pct,
    sources
from {{ ref('int_revenus_territoires') }}
