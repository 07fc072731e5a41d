with

bandes as (
    unpivot {{ ref('stg_insee__population') }}
    on columns('^age_')
    into name bande value personnes
),

bornees as (
    select
        iris,
        personnes,
        millesime,
        edition,
        source_id,
        cast(split_part(bande, '_', 2) as integer) as age_min_ans,
        cast(split_part(bande, '_', 3) as integer) as age_max_ans
    from bandes
)

select
    bornees.iris,
    tranches.tranche_age,
    {{ somme('bornees.personnes') }} as personnes,
    bornees.millesime,
    bornees.edition,
    bornees.source_id
from bornees
inner join {{ ref('int_tranches_age') }} as tranches
    on
        bornees.age_min_ans >= tranches.age_min_ans
        and bornees.age_max_ans <= tranches.age_max_ans
group by
    bornees.iris,
    tranches.tranche_age,
    bornees.millesime,
    bornees.edition,
    bornees.source_id
