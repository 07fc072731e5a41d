with

territoires as (
    {{ territoires_nommes() }}
)

select
    valeurs.indicateur_id,
    valeurs.libelle as indicateur,
    valeurs.declinaison,
    valeurs.territoire_id,
    territoires.territoire,
    territoires.commune,
    valeurs.niveau,
    valeurs.millesime,
    valeurs.edition,
    valeurs.dernier,
    valeurs.valeur,
    valeurs.numerateur,
    valeurs.denominateur,
    valeurs.unite,
    valeurs.borne_basse,
    valeurs.borne_haute,
    {{ intervalle('valeurs.borne_basse', 'valeurs.borne_haute') }} as intervalle,
    valeurs.completude_pct,
    valeurs.statut,
    valeurs.motif,
    valeurs.sources
from {{ ref('ecart__indicateurs') }} as valeurs
inner join territoires on valeurs.territoire_id = territoires.territoire_id
