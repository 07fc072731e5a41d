with

rangs as (
    select
        territoire_id,
        rangs
    from {{ ref('est_indice_besoin') }}
    where variante = 'référence'
),

{{ probabilites_de_rang() }}
