-- Children aged a on 1 January of the year Y were born in Y - a - 1. A band follows the births of
-- its years: what deaths and moves make of them, at the census that the projection starts from, is
-- held constant. So each figure of that census is multiplied by one coefficient, the same
-- everywhere in the territory.
with

convention as (
    select
        year(debut) as debut,
        year(fin) + {{ var('annees_apres_convention') }} as horizon
    from {{ ref('stg_observatoire__territoires') }}
    where niveau = 'territoire'
),

recensement as (
    select
        population.tranche_age,
        population.millesime,
        population.edition,
        population.personnes,
        population.source_id,
        convention.horizon
    from {{ ref('int_population_territoires') }} as population
    cross join convention
    where population.niveau = 'territoire'
    qualify
        dense_rank() over (
            order by
                abs(population.millesime - convention.debut) asc,
                population.millesime asc,
                population.edition desc
        ) = 1
),

annees as (
    select
        recensement.tranche_age,
        recensement.millesime,
        recensement.edition,
        recensement.personnes,
        recensement.source_id,
        tranches.age_min_ans,
        tranches.age_max_ans,
        unnest(range(recensement.millesime, recensement.horizon + 1)) as annee
    from recensement
    inner join {{ ref('int_tranches_age') }} as tranches
        on recensement.tranche_age = tranches.tranche_age
    where recensement.tranche_age in ('0-2 ans', '3-5 ans', '6-10 ans', '11-17 ans')
),

cohortes as (
    select
        annees.tranche_age,
        annees.annee,
        naissances.hypothese_naissances,
        annees.millesime,
        annees.edition,
        annees.personnes,
        {{ somme('naissances.naissances') }} as naissances,
        bool_and(naissances.connue) as connues,
        annees.source_id || ' ; ' || any_value(naissances.source_id) as sources
    from annees
    inner join {{ ref('int_naissances_projetees') }} as naissances
        on
            naissances.annee
            between annees.annee - annees.age_max_ans - 1 and annees.annee - annees.age_min_ans - 1
    group by
        annees.tranche_age,
        annees.annee,
        naissances.hypothese_naissances,
        annees.millesime,
        annees.edition,
        annees.personnes,
        annees.source_id
    having count(*) = any_value(annees.age_max_ans) - any_value(annees.age_min_ans) + 1
)

select
    cohortes.tranche_age,
    cohortes.annee,
    cohortes.hypothese_naissances,
    cohortes.millesime,
    cohortes.edition,
    cohortes.naissances,
    cohortes.connues as naissances_connues,
    100 * departs.personnes / departs.naissances as enfants_pour_100_naissances,
    cohortes.naissances / departs.naissances as coefficient,
    cohortes.sources
from cohortes
inner join cohortes as departs
    on
        cohortes.tranche_age = departs.tranche_age
        and cohortes.hypothese_naissances = departs.hypothese_naissances
        and departs.annee = departs.millesime
where
    departs.connues
    and departs.naissances > 0
