-- The distance is the number of levels that the order of the territories goes up.
with

territoires as (
    select
        territoire_id,
        niveau,
        commune_id
    from {{ ref('int_territoires') }}
)

select
    territoire_id,
    territoire_id as contenant_id,
    0 as distance
from territoires
union all
select
    territoire_id,
    commune_id as contenant_id,
    1 as distance
from territoires
where niveau = 'district'
union all
select
    territoires.territoire_id,
    ensembles.territoire_id as contenant_id,
    2 as distance
from territoires
inner join territoires as ensembles on ensembles.niveau = 'territoire'
where territoires.niveau in ('district', 'commune')
