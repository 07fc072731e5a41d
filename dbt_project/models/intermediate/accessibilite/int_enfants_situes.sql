-- The children who may go to a place of care, at the point of their IRIS: those of the communes
-- whose places are known, in the territory, then among its neighbours.
select
    population.iris,
    population.tranche_age,
    population.personnes,
    points.lon,
    points.lat,
    places.millesime,
    places.edition,
    population.edition as edition_population
from {{ ref('int_population_iris') }} as population
inner join {{ ref('int_iris') }} as iris on population.iris = iris.iris
inner join {{ ref('int_places_a_repartir') }} as places
    on
        iris.commune_insee = places.commune_insee
        and population.millesime = places.millesime
inner join {{ ref('int_points_iris') }} as points on population.iris = points.iris
where
    population.tranche_age = '0-2 ans'
    and places.empechement is null
union all
select
    enfants.iris,
    '0-2 ans' as tranche_age,
    enfants.enfants_0_2_ans as personnes,
    enfants.lon,
    enfants.lat,
    enfants.millesime,
    enfants.edition,
    enfants.edition_population
from {{ ref('int_voisins_iris') }} as enfants
inner join {{ ref('int_voisins') }} as voisins
    on
        enfants.commune_insee = voisins.commune_insee
        and enfants.millesime = voisins.millesime
        and enfants.edition = voisins.edition
        and enfants.edition_population = voisins.edition_population
where voisins.manques is null
