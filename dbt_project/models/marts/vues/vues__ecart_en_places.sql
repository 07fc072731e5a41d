with

territoires as (
    {{ territoires_nommes() }}
),

ecarts as (
    select *
    from {{ ref('ecart__indicateurs') }}
    where indicateur_id = 'PE04'
)

select
    ecarts.territoire_id,
    territoires.territoire,
    territoires.commune,
    ecarts.niveau,
    replace(ecarts.declinaison, 'cible ', '') as cible,
    ecarts.millesime,
    ecarts.edition,
    100 * ecarts.numerateur / nullif(ecarts.denominateur, 0) as taux_vise_pct,
    ecarts.denominateur as enfants_0_2,
    ecarts.numerateur as places_visees,
    ecarts.numerateur - ecarts.valeur as places,
    ecarts.valeur as places_manquantes,
    ecarts.borne_basse,
    ecarts.borne_haute,
    {{ intervalle('ecarts.borne_basse', 'ecarts.borne_haute', entier=true) }} as intervalle,
    case
        when ecarts.borne_basse > 0 then 'il en manque'
        when ecarts.borne_haute < 0 then 'au-delà de la cible'
        when ecarts.valeur is not null then 'incertain'
    end as conclusion,
    ecarts.statut,
    ecarts.motif
from ecarts
inner join territoires on ecarts.territoire_id = territoires.territoire_id
