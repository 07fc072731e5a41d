select
    indicateur_id,
    unnest(declinaisons) as declinaison,
    libelle,
    formule,
    methode,
    lecture,
    unite,
    array_to_string(niveaux, ', ') as niveaux,
    limite,
    array_to_string(jeux, ', ') as jeux,
    array_to_string(sujets, ', ') as sujets,
    etendue,
    depart,
    modele
from {{ ref('stg_observatoire__indicateurs') }}
