select
    territoire_id,
    niveau,
    annee,
    hypothese_naissances,
    hypothese_ouvertures,
    cible,
    taux_cible_pct,
    places_manquantes,
    borne_basse,
    borne_haute,
    actions_non_definies
from {{ ref('int_places_manquantes') }}
