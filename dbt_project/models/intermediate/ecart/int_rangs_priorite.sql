with

rangs as (
    select
        territoire_id,
        rangs
    from {{ ref('est_rangs_priorite') }}
    where hypothese = 'référence'
),

{{ probabilites_de_rang() }}
