with

appartenances as (
    pivot (
        select
            iris,
            territoire_id,
            niveau
        from {{ ref('int_iris_territoires') }}
    )
    on niveau in ('commune', 'district')
    using first(territoire_id)
    group by iris
)

select
    iris.iris,
    iris.libelle,
    iris.type_iris,
    appartenances.district as district_id,
    appartenances.commune as commune_id,
    points.lon,
    points.lat,
    points.surface_km2
from {{ ref('int_iris') }} as iris
inner join appartenances on iris.iris = appartenances.iris
left join {{ ref('int_points_iris') }} as points on iris.iris = points.iris
