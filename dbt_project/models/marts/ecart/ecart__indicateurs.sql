-- An indicator that is expected and has no value says why.
select
    coalesce(valeurs.indicateur_id, attendus.indicateur_id) as indicateur_id,
    coalesce(valeurs.declinaison, attendus.declinaison) as declinaison,
    attendus.libelle,
    coalesce(valeurs.territoire_id, attendus.territoire_id) as territoire_id,
    coalesce(valeurs.niveau, attendus.niveau) as niveau,
    coalesce(valeurs.millesime, attendus.millesime) as millesime,
    coalesce(valeurs.edition, 'sans source') as edition,
    valeurs.valeur,
    valeurs.numerateur,
    valeurs.denominateur,
    attendus.unite,
    valeurs.borne_basse,
    valeurs.borne_haute,
    valeurs.completude_pct,
    coalesce(valeurs.statut, 'non calculable') as statut,
    if(valeurs.statut is null, attendus.motif, valeurs.motif) as motif,
    coalesce(valeurs.sources, 'aucune') as sources
from {{ ref('valeurs') }} as valeurs
full join {{ ref('int_indicateurs_attendus') }} as attendus
    on
        valeurs.indicateur_id = attendus.indicateur_id
        and valeurs.declinaison = attendus.declinaison
        and valeurs.territoire_id = attendus.territoire_id
