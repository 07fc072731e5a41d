-- How often each district has each rank, by need and by priority. Equal indices are ranked by the
-- identifier of their district, so that a rank has one district on each draw.
with

rangs as (
    select
        'BES04' as indicateur_id,
        tirage,
        territoire_id,
        row_number() over (
            partition by tirage order by round(indice, 9) desc, territoire_id
        ) as rang
    from {{ ref('int_indice_besoin') }}
    where variante = 'référence'
    union all
    select
        'PRI01' as indicateur_id,
        tirage,
        territoire_id,
        rang
    from {{ ref('est_rangs_priorite') }}
    where hypothese = 'référence'
)

select
    indicateur_id,
    territoire_id,
    rang,
    100 * count(*) / sum(count(*)) over (partition by indicateur_id, territoire_id)
        as probabilite_pct
from rangs
where tirage > 0
group by
    indicateur_id,
    territoire_id,
    rang
