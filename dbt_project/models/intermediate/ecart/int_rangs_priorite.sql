with

rangs as (
    select
        territoire_id,
        list(rang order by tirage) as rangs
    from {{ ref('est_rangs_priorite') }}
    where hypothese = 'référence'
    group by territoire_id
),

{{ probabilites_de_rang() }}
