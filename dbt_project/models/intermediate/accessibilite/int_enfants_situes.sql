-- The children who may go to a place of care, at the point of their IRIS: those of the territory,
-- and those of the neighbours whose data are all there.
select
    population.iris,
    population.tranche_age,
    population.personnes,
    points.lon,
    points.lat,
    recensements.millesime,
    recensements.edition,
    recensements.millesime_population,
    recensements.edition_population
from {{ ref('int_population_iris') }} as population
inner join {{ ref('int_recensement_des_places') }} as recensements
    on
        population.millesime = recensements.millesime_population
        and population.edition = recensements.edition_population
inner join {{ ref('stg_geo__iris') }} as points on population.iris = points.iris
where population.tranche_age = '0-2 ans'
union all
select
    enfants.iris,
    '0-2 ans' as tranche_age,
    enfants.enfants_0_2_ans as personnes,
    enfants.lon,
    enfants.lat,
    enfants.millesime,
    enfants.edition,
    enfants.millesime_population,
    enfants.edition_population
from {{ ref('int_voisins_iris') }} as enfants
inner join {{ ref('int_voisins') }} as voisins
    on
        enfants.commune_insee = voisins.commune_insee
        and enfants.millesime = voisins.millesime
        and enfants.edition = voisins.edition
        and enfants.edition_population = voisins.edition_population
where voisins.manques is null
