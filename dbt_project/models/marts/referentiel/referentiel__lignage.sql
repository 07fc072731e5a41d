select
    valeurs.indicateur_id,
    valeurs.declinaison,
    valeurs.territoire_id,
    valeurs.millesime,
    valeurs.edition,
    valeurs.source_id,
    valeurs.objet,
    sources.jeu,
    valeurs.modeles,
    lignage.territoire_lu,
    lignage.lignes,
    lignage.nombre_lignes,
    lignage.cles
from {{ ref('int_fichiers_des_valeurs') }} as valeurs
inner join {{ ref('stg_observatoire__sources') }} as sources
    on valeurs.source_id = sources.source_id
inner join {{ ref('int_lignage') }} as lignage
    on
        valeurs.source_id = lignage.source_id
        and valeurs.objet = lignage.objet
        and valeurs.territoire_demande = lignage.territoire_demande
        and valeurs.annee_demandee = lignage.annee_demandee
        and valeurs.sujets is not distinct from lignage.sujets
