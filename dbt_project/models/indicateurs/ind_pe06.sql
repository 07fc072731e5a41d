-- A year of the convention for which the plan announces nothing is a zero; without a plan nothing
-- is. What it announces without a number, or without saying in which district, is no zero.
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

declinaisons (declinaison, type_accueil) as (
    values
    ('EAJE, brutes', 'EAJE'),
    ('EAJE, ville', 'EAJE'),
    ('assistantes maternelles, brutes', 'MAM'),
    ('actions non définies', null)
),

annonces as (
    select
        actions.action_id,
        actions.commune_id,
        actions.district_id,
        actions.annee_ouverture,
        declinaisons.declinaison,
        case declinaisons.declinaison
            when 'EAJE, ville' then actions.places_ville
            when 'actions non définies' then 1
            else actions.places_brutes
        end as quantite
    from {{ ref('int_places_programmees') }} as actions
    inner join declinaisons
        on
            if(
                declinaisons.type_accueil is null,
                actions.statut_places = 'non défini',
                actions.type_accueil = declinaisons.type_accueil
                and actions.statut_places in ('défini', 'non défini')
            )
),

-- A district may miss what its commune plans without saying where.
lieux as (
    select
        territoires.territoire_id,
        annonces.*,
        territoires.niveau = 'commune' or annonces.district_id is not null as situee
    from annonces
    inner join {{ ref('int_territoires') }} as territoires
        on
            territoires.territoire_id in (annonces.commune_id, annonces.district_id)
            or (
                territoires.niveau = 'district'
                and annonces.commune_id = territoires.commune_id
                and annonces.district_id is null
            )
    where territoires.niveau in ('commune', 'district')
),

sommes as (
    select
        territoire_id,
        annee_ouverture,
        declinaison,
        count(*) as annoncees,
        sum(quantite) filter (where situee) as quantite,
        count(*) filter (where situee and quantite is not null) as comptees,
        count(*) filter (where situee and quantite is null) as sans_nombre,
        count(*) filter (where not situee) as sans_district,
        string_agg(action_id, ', ' order by action_id)
        filter (where situee and quantite is not null) as actions
    from lieux
    group by
        territoire_id,
        annee_ouverture,
        declinaison
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
    coalesce(100.0 * sommes.comptees / sommes.annoncees, 100) as completude_pct,
    if(sommes.comptees < sommes.annoncees, 'estimé', 'calculé') as statut,
    if(
        sommes.annoncees is null,
        'Le schéma n’en annonce pas cette année-là.',
        trim(
            coalesce('Actions : ' || sommes.actions || '.', '')
            || {{ n_y_comptent_pas('sommes.sans_nombre', 'action(s) sans nombre de places') }}
            || {{ n_y_comptent_pas(
                'sommes.sans_district', 'action(s) de la commune sans district'
            ) }}
        )
    ) as motif,
    -- The registry says in which district is the service that an action extends.
    concat_ws(
        ' ; ',
        plan.source_id,
        if(territoires.niveau = 'district', {{ sources_des_services() }}, null)
    ) as sources
from {{ ref('int_territoires') }} as territoires
cross join plan
cross join annees
cross join declinaisons
left join sommes
    on
        territoires.territoire_id = sommes.territoire_id
        and annees.annee = sommes.annee_ouverture
        and declinaisons.declinaison = sommes.declinaison
where territoires.niveau in ('commune', 'district')
