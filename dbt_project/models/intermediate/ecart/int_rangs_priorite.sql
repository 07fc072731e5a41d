with

rangs as (
    select
        tirage,
        territoire_id,
        rang
    from {{ ref('est_rangs_priorite') }}
    where hypothese = 'référence'
)

{{ probabilites_de_rang() }}
