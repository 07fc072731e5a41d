select
    action_id,
    commune,
    thematique,
    action,
    lignes,
    quartier,
    nature,
    type_service as type_accueil,
    places_avant,
    places_apres,
    places_ville,
    annee,
    annee_fin,
    statut_places,
    mention,
    source_id
from {{ source('convention', 'convention_developpement') }}
