select
    indicateur_id,
    rang,
    modele,
    libelle,
    formule,
    methode,
    lecture,
    declinaisons,
    unite,
    niveaux,
    jeux,
    limite,
    sujets,
    etendue,
    depart
from {{ source('observatoire', 'observatoire_indicateurs') }}
