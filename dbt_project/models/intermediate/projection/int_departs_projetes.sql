-- What the projection starts from, draw by draw: the places and the children of one year. One
-- edition of the places, the last named.
with

recensements as (
    select distinct
        millesime,
        edition
    from {{ ref('int_cohortes_projetees') }}
)

select
    places.scenario_id,
    places.tirage,
    places.territoire_id,
    places.millesime,
    places.edition as edition_places,
    recensements.edition as edition_population,
    places.places,
    population.personnes as enfants_0_2
from {{ ref('est_places') }} as places
inner join recensements on places.millesime = recensements.millesime
inner join {{ ref('est_population') }} as population
    on
        places.territoire_id = population.territoire_id
        and places.tirage = population.tirage
        and recensements.millesime = population.millesime
        and recensements.edition = population.edition
where population.tranche_age = '0-2 ans'
qualify dense_rank() over (order by places.edition desc) = 1
