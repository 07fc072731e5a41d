-- What each target asks for, in places for 100 children, on each draw. The rate of the territory is
-- that of the reference, whatever a scenario does; a scenario may set the policy's.
with

couverts as (
    select
        places.scenario_id,
        places.tirage,
        places.niveau,
        places.millesime,
        places.edition as edition_places,
        population.edition as edition_population,
        100 * places.places / nullif(population.personnes, 0) as taux_pct
    from {{ ref('est_places') }} as places
    inner join {{ ref('est_population') }} as population
        on
            places.tirage = population.tirage
            and places.territoire_id = population.territoire_id
            and places.millesime = population.millesime
    where population.tranche_age = '0-2 ans'
),

tirages as (
    select distinct
        scenario_id,
        tirage,
        millesime,
        edition_places,
        edition_population
    from couverts
),

donnees as (
    select
        scenarios.scenario_id,
        cibles.cible_id,
        lues.annee,
        coalesce(if(cibles.cible_id = 'politique', scenarios.taux_pct, null), lues.taux_pct)
            as taux_pct
    from {{ ref('int_scenarios') }} as scenarios
    cross join (values ('département'), ('France'), ('politique')) as cibles (cible_id)
    left join {{ ref('int_cibles') }} as lues on cibles.cible_id = lues.cible_id
)

select
    tirages.scenario_id,
    'territoire' as cible_id,
    tirages.tirage,
    tirages.millesime,
    tirages.edition_places,
    tirages.edition_population,
    territoire.taux_pct
from tirages
inner join couverts as territoire
    on
        tirages.tirage = territoire.tirage
        and tirages.millesime = territoire.millesime
        and tirages.edition_places = territoire.edition_places
        and tirages.edition_population = territoire.edition_population
where
    territoire.scenario_id = 'référence'
    and territoire.niveau = 'territoire'
union all
select
    tirages.scenario_id,
    donnees.cible_id,
    tirages.tirage,
    tirages.millesime,
    tirages.edition_places,
    tirages.edition_population,
    donnees.taux_pct
from tirages
inner join donnees
    on
        tirages.scenario_id = donnees.scenario_id
        and tirages.millesime = coalesce(donnees.annee, tirages.millesime)
where donnees.taux_pct is not null
