with

districts as (
    select
        iris.iris,
        territoires.territoire_id as district_id,
        territoires.commune_id
    from {{ ref('stg_insee__iris') }} as iris
    inner join {{ ref('int_territoires') }} as territoires
        on
            territoires.niveau = 'district'
            and starts_with(iris.iris, territoires.prefixe_iris)
),

ensembles as (
    select territoire_id
    from {{ ref('int_territoires') }}
    where niveau = 'territoire'
)

select
    iris,
    district_id as territoire_id,
    'district' as niveau
from districts
union all
select
    iris,
    commune_id as territoire_id,
    'commune' as niveau
from districts
union all
select
    districts.iris,
    ensembles.territoire_id,
    'territoire' as niveau
from districts
cross join ensembles
