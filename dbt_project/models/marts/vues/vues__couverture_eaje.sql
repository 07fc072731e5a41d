with

territoires as (
    {{ territoires_nommes() }}
),

indicateurs as (
    select *
    from {{ ref('ecart__indicateurs') }}
    where dernier
),

couverture as (
    select *
    from indicateurs
    where indicateur_id = 'PE03'
),

plancher as (
    select *
    from indicateurs
    where indicateur_id = 'PE02'
),

connues as (
    select *
    from indicateurs
    where indicateur_id = 'DQ01'
),

accessibilite as (
    select *
    from {{ ref('ecart__accessibilite') }}
    where captage_m = {{ var('captage_m') }}
)

select
    couverture.territoire_id,
    territoires.territoire,
    territoires.commune,
    couverture.niveau,
    couverture.millesime,
    couverture.denominateur as enfants_0_2,
    couverture.numerateur as places,
    couverture.valeur as couverture_pct,
    couverture.borne_basse,
    couverture.borne_haute,
    {{ intervalle('couverture.borne_basse', 'couverture.borne_haute') }} as intervalle,
    plancher.valeur as plancher_pct,
    connues.valeur as capacites_connues_pct,
    accessibilite.accessibilite as accessibilite_pct,
    {{ intervalle('accessibilite.borne_basse', 'accessibilite.borne_haute') }}
        as accessibilite_intervalle,
    accessibilite.desaccord,
    couverture.statut,
    couverture.motif
from couverture
inner join territoires on couverture.territoire_id = territoires.territoire_id
left join plancher on couverture.territoire_id = plancher.territoire_id
left join connues on couverture.territoire_id = connues.territoire_id
left join accessibilite
    on
        couverture.territoire_id = accessibilite.territoire_id
        and couverture.millesime = accessibilite.millesime
        and couverture.edition = accessibilite.edition
