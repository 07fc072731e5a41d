-- Planned EAJE places that would be open at the end of each year, added to those of the year that
-- the projection starts from. An action without a number of places is counted, never given none;
-- where there is no plan, only the hypothesis that needs none is there.
with

annees as (
    select distinct
        annee,
        millesime
    from {{ ref('int_cohortes_projetees') }}
    where tranche_age = '0-2 ans'
),

actions as (
    select
        action_id,
        commune_id,
        district_id,
        annee_ouverture,
        places_brutes,
        places_ville
    from {{ ref('int_places_programmees') }}
    where
        type_accueil = 'EAJE'
        and statut_places in ('défini', 'non défini')
),

promesses as (
    select
        'tout ouvre' as hypothese_ouvertures,
        action_id,
        commune_id,
        district_id,
        annee_ouverture,
        places_brutes as places
    from actions
    union all
    select
        'part de la ville' as hypothese_ouvertures,
        action_id,
        commune_id,
        district_id,
        annee_ouverture,
        places_ville as places
    from actions
),

-- A district may miss what its commune plans without saying where.
lieux as (
    select
        territoires.territoire_id,
        promesses.hypothese_ouvertures,
        promesses.annee_ouverture,
        promesses.places,
        territoires.niveau <> 'district' or promesses.district_id is not null as situee
    from {{ ref('int_territoires') }} as territoires
    inner join promesses
        on
            territoires.niveau = 'territoire'
            or territoires.territoire_id in (promesses.commune_id, promesses.district_id)
            or (
                territoires.niveau = 'district'
                and territoires.commune_id = promesses.commune_id
                and promesses.district_id is null
            )
),

hypotheses as (
    select 'rien n’ouvre' as hypothese_ouvertures
    union all
    select unnest(['tout ouvre', 'part de la ville']) as hypothese_ouvertures
    from {{ ref('stg_observatoire__sources') }}
    where jeu = 'convention_developpement'
    having count(*) > 0
)

select
    territoires.territoire_id,
    territoires.niveau,
    annees.annee,
    hypotheses.hypothese_ouvertures,
    coalesce({{ somme('if(lieux.situee, lieux.places, 0)') }}, 0) as places_ajoutees,
    count(*) filter (where lieux.situee) as actions,
    count(*) filter (where lieux.situee and lieux.places is null) as actions_non_definies,
    count(*) filter (where not lieux.situee) as actions_sans_district
from {{ ref('int_territoires') }} as territoires
cross join annees
cross join hypotheses
left join lieux
    on
        territoires.territoire_id = lieux.territoire_id
        and hypotheses.hypothese_ouvertures = lieux.hypothese_ouvertures
        and annees.millesime < lieux.annee_ouverture
        and annees.annee >= lieux.annee_ouverture
where territoires.niveau in ('territoire', 'commune', 'district')
group by
    territoires.territoire_id,
    territoires.niveau,
    annees.annee,
    hypotheses.hypothese_ouvertures
