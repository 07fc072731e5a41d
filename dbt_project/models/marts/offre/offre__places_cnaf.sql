select
    territoire_id,
    niveau,
    perimetre,
    annee,
    mode,
    places,
    taux_couverture_pct,
    edition,
    sources
from {{ ref('int_places_cnaf') }}
where
    places is not null
    or taux_couverture_pct is not null
