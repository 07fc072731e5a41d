-- Equal indices are ranked by the identifier of their district, so that a rank has one district on
-- each draw.
with

rangs as (
    select
        tirage,
        territoire_id,
        row_number() over (
            partition by tirage order by round(indice, 9) desc, territoire_id
        ) as rang
    from {{ ref('int_indice_besoin') }}
    where variante = 'référence'
)

{{ probabilites_de_rang() }}
