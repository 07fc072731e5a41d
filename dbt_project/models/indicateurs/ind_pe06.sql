-- A year of the convention for which the plan lists nothing is a zero; without a plan nothing is.
with

plan as (
    select
        min(edition) as edition,
        min(source_id) as source_id
    from {{ ref('stg_observatoire__sources') }}
    where jeu = 'convention_developpement'
    having count(*) > 0
),

annees as (
    select unnest(range(year(debut), year(fin) + 1)) as annee
    from {{ ref('stg_observatoire__territoires') }}
    where niveau = 'territoire'
    union
    select annee_ouverture as annee
    from {{ ref('int_places_programmees') }}
    where annee_ouverture is not null
),

declinaisons (declinaison) as (
    values
    ('EAJE, brutes'),
    ('EAJE, ville'),
    ('assistantes maternelles, brutes'),
    ('actions non définies')
),

mesures as (
    select
        actions.action_id,
        actions.commune_id,
        actions.district_id,
        actions.annee_ouverture,
        declinaisons.declinaison,
        case declinaisons.declinaison
            when 'EAJE, brutes' then if(actions.type_accueil = 'EAJE', actions.places_brutes, null)
            when 'EAJE, ville' then if(actions.type_accueil = 'EAJE', actions.places_ville, null)
            when 'assistantes maternelles, brutes'
                then if(actions.type_accueil = 'MAM', actions.places_brutes, null)
            when 'actions non définies' then if(actions.statut_places = 'non défini', 1, null)
        end as quantite
    from {{ ref('int_places_programmees') }} as actions
    cross join declinaisons
),

retenues as (
    select *
    from mesures
    where quantite is not null
),

sommes as (
    select
        territoires.territoire_id,
        retenues.annee_ouverture,
        retenues.declinaison,
        sum(retenues.quantite) as quantite,
        string_agg(retenues.action_id, ', ' order by retenues.action_id) as actions
    from retenues
    inner join {{ ref('int_territoires') }} as territoires
        on territoires.territoire_id in (retenues.commune_id, retenues.district_id)
    where territoires.niveau in ('commune', 'district')
    group by
        territoires.territoire_id,
        retenues.annee_ouverture,
        retenues.declinaison
),

-- What a district may miss of its commune.
ailleurs as (
    select
        territoires.territoire_id,
        retenues.annee_ouverture,
        retenues.declinaison,
        count(*) as actions
    from retenues
    inner join {{ ref('int_territoires') }} as territoires
        on
            retenues.commune_id = territoires.commune_id
            and territoires.niveau = 'district'
            and retenues.district_id is null
    group by
        territoires.territoire_id,
        retenues.annee_ouverture,
        retenues.declinaison
)

select
    'PE06' as indicateur_id,
    declinaisons.declinaison,
    territoires.territoire_id,
    territoires.niveau,
    annees.annee as millesime,
    plan.edition,
    cast(coalesce(sommes.quantite, 0) as double) as valeur,
    cast(coalesce(sommes.quantite, 0) as double) as numerateur,
    cast(null as double) as denominateur,
    cast(null as double) as borne_basse,
    cast(null as double) as borne_haute,
    100.0 as completude_pct,
    'calculé' as statut,
    coalesce('Actions : ' || sommes.actions || '.', 'Le schéma n’en annonce pas cette année-là.')
    || coalesce(
        ' ' || ailleurs.actions || ' action(s) de la commune sans district n’y comptent pas.', ''
    ) as motif,
    plan.source_id as sources
from {{ ref('int_territoires') }} as territoires
cross join plan
cross join annees
cross join declinaisons
left join sommes
    on
        territoires.territoire_id = sommes.territoire_id
        and annees.annee = sommes.annee_ouverture
        and declinaisons.declinaison = sommes.declinaison
left join ailleurs
    on
        territoires.territoire_id = ailleurs.territoire_id
        and annees.annee = ailleurs.annee_ouverture
        and declinaisons.declinaison = ailleurs.declinaison
where territoires.niveau in ('commune', 'district')
