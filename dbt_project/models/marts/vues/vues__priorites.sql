with

territoires as (
    {{ territoires_nommes() }}
),

indicateurs as (
    select *
    from {{ ref('ecart__indicateurs') }}
    where dernier
),

priorites as (
    select *
    from indicateurs
    where
        indicateur_id = 'PRI01'
        and niveau = 'district'
),

besoin as (
    select
        territoire_id,
        max(valeur) filter (where composante = 'pauvreté') as taux_pauvrete_pct,
        max(valeur) filter (where composante = 'monoparentalité') as familles_monoparentales_pct,
        max(valeur) filter (where composante = 'jeunes enfants') as jeunes_enfants_pct
    from {{ ref('ecart__indice_besoin') }}
    group by territoire_id
),

rangs as (
    select
        territoire_id,
        rang,
        probabilite_pct
    from {{ ref('ecart__rangs') }}
    where indicateur_id = 'PRI01'
    qualify
        row_number() over (partition by territoire_id order by probabilite_pct desc, rang asc) = 1
),

bascules as (
    select
        territoire_id,
        string_agg(
            bascule || ' : ' || hypothese || ', ' || modalite,
            ' ; ' order by bascule, hypothese, modalite
        ) as bascules
    from {{ ref('ecart__sensibilite') }}
    where bascule is not null
    group by territoire_id
),

indices as (
    select *
    from indicateurs
    where indicateur_id = 'BES04'
),

couverture as (
    select *
    from indicateurs
    where indicateur_id = 'PE03'
),

accessibilite as (
    select *
    from indicateurs
    where indicateur_id = 'PE05'
)

select
    priorites.territoire_id,
    territoires.territoire,
    territoires.commune,
    priorites.millesime,
    priorites.valeur as probabilite_pct,
    priorites.borne_basse,
    priorites.borne_haute,
    {{ intervalle('priorites.borne_basse', 'priorites.borne_haute') }} as intervalle,
    rangs.rang as rang_le_plus_probable,
    rangs.probabilite_pct as probabilite_du_rang_pct,
    bascules.bascules,
    couverture.valeur as couverture_eaje_pct,
    accessibilite.valeur as accessibilite_eaje_pct,
    indices.valeur as indice_besoin,
    besoin.taux_pauvrete_pct,
    besoin.familles_monoparentales_pct,
    besoin.jeunes_enfants_pct,
    priorites.statut,
    priorites.motif
from priorites
inner join territoires on priorites.territoire_id = territoires.territoire_id
left join rangs on priorites.territoire_id = rangs.territoire_id
left join bascules on priorites.territoire_id = bascules.territoire_id
left join couverture on priorites.territoire_id = couverture.territoire_id
left join accessibilite on priorites.territoire_id = accessibilite.territoire_id
left join besoin on priorites.territoire_id = besoin.territoire_id
left join indices on priorites.territoire_id = indices.territoire_id
