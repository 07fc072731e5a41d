-- An indicator that is expected and has no value says why.
with

valeurs as (
    select
        *,
        row_number() over (
            partition by indicateur_id, declinaison, territoire_id
            order by valeur is null, millesime desc, edition desc
        ) = 1 as dernier
    from {{ ref('valeurs') }}
)

select
    coalesce(valeurs.indicateur_id, attendus.indicateur_id) as indicateur_id,
    coalesce(valeurs.declinaison, attendus.declinaison) as declinaison,
    attendus.libelle,
    coalesce(valeurs.territoire_id, attendus.territoire_id) as territoire_id,
    coalesce(valeurs.niveau, attendus.niveau) as niveau,
    coalesce(valeurs.millesime, attendus.millesime) as millesime,
    coalesce(valeurs.edition, 'sans source') as edition,
    coalesce(valeurs.dernier, true) as dernier,
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
from valeurs
full join {{ ref('int_indicateurs_attendus') }} as attendus
    on
        valeurs.indicateur_id = attendus.indicateur_id
        and valeurs.declinaison = attendus.declinaison
        and valeurs.territoire_id = attendus.territoire_id
