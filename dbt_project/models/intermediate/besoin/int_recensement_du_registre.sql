-- The registry is dated by its convention, not by a census: its services are set against the census
-- nearest in time, the earlier one of two as near, in each of its editions.
with

registre as (
    {{ edition_du_registre() }}
)

select
    population.territoire_id,
    population.niveau,
    population.tranche_age,
    population.millesime,
    population.edition,
    population.personnes,
    population.source_id
from {{ ref('int_population_territoires') }} as population
cross join registre
qualify
    dense_rank() over (
        order by abs(population.millesime - registre.millesime), population.millesime
    ) = 1
