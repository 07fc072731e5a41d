-- Places of a year are set against the census of the same year, in each of its editions.
with

recensements as (
    select distinct
        millesime,
        edition
    from {{ ref('int_population_iris') }}
)

select distinct
    places.millesime,
    places.edition,
    recensements.edition as edition_population
from {{ ref('int_places_a_repartir') }} as places
inner join recensements on places.millesime = recensements.millesime
where places.empechement is null
