-- The Caf and the census do not count the same children, nor as precisely: in many an IRIS the Caf
-- knows more of them than the census has. What it may know of a masked IRIS is read off those that
-- it publishes whole, if they are enough: nineteen of twenty are at or under this ratio.
select
    caf.tranche_age,
    caf.millesime,
    caf.edition,
    population.edition as edition_recensement,
    quantile_cont(caf.borne_basse / population.personnes, 0.95) as plafond
from {{ ref('int_caf_iris') }} as caf
inner join {{ ref('int_population_iris') }} as population
    on
        caf.iris = population.iris
        and caf.tranche_age = population.tranche_age
        and caf.millesime = population.millesime
where
    caf.mesure = 'enfants couverts'
    and caf.borne_basse = caf.borne_haute
    and population.personnes > 0
group by
    caf.tranche_age,
    caf.millesime,
    caf.edition,
    population.edition
having count(*) >= {{ var('plafond_iris_minimum') }}
