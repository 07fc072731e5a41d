-- Births of the whole territory: as registered while they are known, then under three hypotheses.
-- The rate is that of the last known years; where births rise, the high hypothesis is the one that
-- goes on and the low one the one that stays.
with

convention as (
    select year(fin) + {{ var('annees_apres_convention') }} as horizon
    from {{ ref('stg_observatoire__territoires') }}
    where niveau = 'territoire'
),

-- One edition of the births: the one that goes furthest, the last named of two that go as far.
enregistrees as (
    select
        territoire_id,
        annee,
        naissances,
        edition,
        source_id,
        max(annee) over (partition by edition, source_id) as derniere_annee
    from {{ ref('int_naissances_territoires') }}
    where
        niveau = 'territoire'
        and naissances is not null
),

connues as (
    select *
    from enregistrees
    qualify rank() over (order by derniere_annee desc, edition desc, source_id asc) = 1
),

tendance as (
    select
        pow(fin.naissances / debut.naissances, 1 / {{ var('tendance_naissances_ans') }}) - 1
            as evolution
    from connues as fin
    inner join connues as debut on debut.annee = fin.annee - {{ var('tendance_naissances_ans') }}
    where
        fin.annee = fin.derniere_annee
        and debut.naissances > 0
),

hypotheses as (
    select
        'basse' as hypothese_naissances,
        least(evolution, 0) as evolution
    from tendance
    union all
    select
        'centrale' as hypothese_naissances,
        evolution * {{ var('part_tendance_centrale') }} as evolution
    from tendance
    union all
    select
        'haute' as hypothese_naissances,
        greatest(evolution, 0) as evolution
    from tendance
)

select
    connues.territoire_id,
    connues.annee,
    hypotheses.hypothese_naissances,
    cast(connues.naissances as double) as naissances,
    true as connue,
    connues.edition,
    connues.source_id
from connues
cross join hypotheses
union all
select
    connues.territoire_id,
    annees.annee,
    hypotheses.hypothese_naissances,
    connues.naissances
    * pow(1 + hypotheses.evolution, annees.annee - connues.annee) as naissances,
    false as connue,
    connues.edition,
    connues.source_id
from connues
cross join convention
cross join unnest(range(connues.annee + 1, convention.horizon)) as annees (annee)
cross join hypotheses
where connues.annee = connues.derniere_annee
