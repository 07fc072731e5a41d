select
    ligne,
    scenario_id,
    libelle,
    levier,
    lignes,
    territoire_id,
    places,
    taux_pct,
    source_id
from {{ source('convention', 'convention_scenarios') }}
