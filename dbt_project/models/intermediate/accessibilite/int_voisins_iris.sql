-- Children of the IRIS of the neighbours, at their point, in the geography of the latest list.
with

iris as (
    select *
    from {{ ref('stg_voisins__iris') }}
    qualify dense_rank() over (order by geographie desc, edition desc) = 1
),

points as (
    select *
    from {{ ref('stg_voisins__points') }}
    qualify {{ le_plus_recent('iris') }}
)

select
    iris.iris,
    iris.commune_insee,
    iris.libelle_commune,
    points.lon,
    points.lat,
    population.enfants_0_2_ans,
    recensements.millesime,
    recensements.edition,
    recensements.edition_population,
    concat_ws(' ; ', iris.source_id, points.source_id, population.source_id) as sources
from iris
cross join {{ ref('int_recensement_des_places') }} as recensements
left join {{ ref('stg_voisins__population') }} as population
    on
        iris.iris = population.iris
        and recensements.millesime = population.millesime
        and recensements.edition_population = population.edition
left join points on iris.iris = points.iris
