-- Places of a year are set against the census nearest in time, the earlier one of two as near, in
-- each of its editions.
with

places as (
    select distinct
        millesime,
        edition
    from {{ ref('int_places_a_repartir') }}
    where empechement is null
),

recensements as (
    select distinct
        millesime,
        edition,
        source_id
    from {{ ref('int_population_iris') }}
)

select
    places.millesime,
    places.edition,
    recensements.millesime as millesime_population,
    recensements.edition as edition_population,
    recensements.source_id as source_population
from places
cross join recensements
qualify
    dense_rank() over (
        partition by places.millesime, places.edition
        order by abs(recensements.millesime - places.millesime), recensements.millesime
    ) = 1
