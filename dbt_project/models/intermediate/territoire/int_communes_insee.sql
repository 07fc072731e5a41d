-- A figure of an Insee commune stands in the territories that hold all of its IRIS: it is never
-- copied down to a part of the commune.
with

iris as (
    select
        iris,
        commune_insee,
        count(*) over (partition by commune_insee) as iris_commune
    from {{ ref('int_iris') }}
),

presences as (
    select
        iris.commune_insee,
        appartenances.territoire_id,
        appartenances.niveau,
        count(*) = any_value(iris.iris_commune) as entiere
    from iris
    inner join {{ ref('int_iris_territoires') }} as appartenances on iris.iris = appartenances.iris
    where appartenances.niveau in ('commune', 'territoire')
    group by
        iris.commune_insee,
        appartenances.territoire_id,
        appartenances.niveau
)

select
    commune_insee,
    territoire_id,
    niveau,
    count(*) over (partition by territoire_id) as communes_insee
from presences
qualify entiere
