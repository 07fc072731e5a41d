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
    coalesce({{ somme('promesses.places') }}, 0) as places_ajoutees,
    count(promesses.action_id) as actions,
    count(promesses.action_id) filter (where promesses.places is null) as actions_non_definies
from {{ ref('int_territoires') }} as territoires
cross join annees
cross join hypotheses
left join promesses
    on
        hypotheses.hypothese_ouvertures = promesses.hypothese_ouvertures
        and annees.millesime < promesses.annee_ouverture
        and annees.annee >= promesses.annee_ouverture
        and (
            territoires.niveau = 'territoire'
            or territoires.territoire_id in (promesses.commune_id, promesses.district_id)
        )
where territoires.niveau in ('territoire', 'commune', 'district')
group by
    territoires.territoire_id,
    territoires.niveau,
    annees.annee,
    hypotheses.hypothese_ouvertures
