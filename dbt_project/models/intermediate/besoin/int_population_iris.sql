with

bandes as (
    unpivot {{ ref('stg_insee__population') }}
    on columns('^age_')
    into name bande value personnes
),

bornees as (
    select
        coalesce(passages.code_cible, bandes.iris) as iris,
        bandes.personnes * coalesce(passages.part, 1) as personnes,
        bandes.millesime,
        bandes.edition,
        bandes.source_id,
        cast(split_part(bandes.bande, '_', 2) as integer) as age_min_ans,
        cast(split_part(bandes.bande, '_', 3) as integer) as age_max_ans
    from bandes
    left join {{ ref('int_passage_iris') }} as passages
        on
            bandes.iris = passages.code_source
            and bandes.geographie = passages.geographie_source
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
