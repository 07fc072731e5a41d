with

territoires as (
    {{ territoires_nommes() }}
),

valeurs as (
    select
        *,
        {{ rang_du_millesime() }} = 1 as dernier
    from {{ ref('ecart__indicateurs') }}
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
from valeurs
inner join territoires on valeurs.territoire_id = territoires.territoire_id
