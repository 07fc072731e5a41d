with

territoires as (
    {{ territoires_nommes() }}
),

indicateurs as (
    select *
    from {{ ref('ecart__indicateurs') }}
    where dernier
),

enfants as (
    select
        territoire_id,
        millesime,
        max(personnes) filter (where tranche_age = '0-2 ans') as enfants_0_2,
        max(personnes) filter (where tranche_age = '3-5 ans') as enfants_3_5,
        max(personnes) filter (where tranche_age = '6-10 ans') as enfants_6_10,
        max(personnes) filter (where tranche_age = '11-17 ans') as enfants_11_17
    from {{ ref('besoin__population') }}
    group by
        territoire_id,
        millesime,
        edition
    qualify
        row_number() over (partition by territoire_id order by millesime desc, edition desc) = 1
),

familles as (
    select
        territoire_id,
        familles_avec_enfant,
        100 * familles_monoparentales / nullif(familles_avec_enfant, 0)
            as familles_monoparentales_pct
    from {{ ref('besoin__familles') }}
    qualify
        row_number() over (partition by territoire_id order by millesime desc, edition desc) = 1
),

revenus as (
    select
        territoire_id,
        taux_pauvrete_pct
    from {{ ref('besoin__revenus') }}
    qualify
        row_number() over (
            partition by territoire_id
            order by taux_pauvrete_pct is null, millesime desc, edition desc
        ) = 1
),

services as (
    select
        territoires.territoire_id,
        count(*) as services
    from territoires
    inner join {{ ref('offre__services') }} as services
        on
            territoires.territoire_id in (services.commune_id, services.district_id)
            or territoires.niveau = 'territoire'
    group by territoires.territoire_id
),

-- The first year of the projections is that of the last census: PE03, and the whole territory.
couverture as (
    select *
    from {{ ref('ecart__projections') }}
    where
        hypothese_ouvertures = 'rien n’ouvre'
        and hypothese_naissances = 'centrale'
    qualify row_number() over (partition by territoire_id order by annee) = 1
),

accessibilite as (
    select *
    from indicateurs
    where indicateur_id = 'PE05'
),

ecarts as (
    select *
    from indicateurs
    where
        indicateur_id = 'PE04'
        and declinaison = 'cible territoire'
),

programme as (
    select
        territoires.territoire_id,
        cast(sum(actions.places_brutes) as bigint) as places
    from territoires
    inner join {{ ref('offre__places_programmees') }} as actions
        on
            territoires.territoire_id in (actions.commune_id, actions.district_id)
            or territoires.niveau = 'territoire'
    where actions.type_accueil = 'EAJE'
    group by territoires.territoire_id
),

priorites as (
    select *
    from indicateurs
    where indicateur_id = 'PRI01'
)

select
    territoires.territoire_id,
    territoires.territoire,
    territoires.commune,
    territoires.niveau,
    enfants.millesime as recensement,
    enfants.enfants_0_2,
    enfants.enfants_3_5,
    enfants.enfants_6_10,
    enfants.enfants_11_17,
    familles.familles_avec_enfant,
    familles.familles_monoparentales_pct,
    revenus.taux_pauvrete_pct,
    services.services,
    couverture.places as places_eaje,
    couverture.couverture_pct as couverture_eaje_pct,
    {{ intervalle('couverture.borne_basse_couverture', 'couverture.borne_haute_couverture') }}
        as couverture_eaje_intervalle,
    accessibilite.valeur as accessibilite_eaje_pct,
    ecarts.valeur as places_manquantes,
    {{ intervalle('ecarts.borne_basse', 'ecarts.borne_haute', entier=true) }}
        as places_manquantes_intervalle,
    programme.places as places_programmees,
    priorites.valeur as priorite_pct
from territoires
left join enfants on territoires.territoire_id = enfants.territoire_id
left join familles on territoires.territoire_id = familles.territoire_id
left join revenus on territoires.territoire_id = revenus.territoire_id
left join services on territoires.territoire_id = services.territoire_id
left join couverture on territoires.territoire_id = couverture.territoire_id
left join accessibilite on territoires.territoire_id = accessibilite.territoire_id
left join ecarts on territoires.territoire_id = ecarts.territoire_id
left join programme on territoires.territoire_id = programme.territoire_id
left join priorites on territoires.territoire_id = priorites.territoire_id
where territoires.niveau in ('territoire', 'commune', 'district')
