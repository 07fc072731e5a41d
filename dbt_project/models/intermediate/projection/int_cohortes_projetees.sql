-- Children aged a on 1 January of the year Y were born in Y - a - 1. A generation that the census
-- has counted grows older where it was counted: its children in a band are those of the band of
-- then, times one ratio between the two, the same everywhere in the territory. One that was not yet
-- born follows its births, and is where those of 0-2 were counted. What deaths and moves make of
-- each band, for 100 births, is held constant. It starts from the census that is the nearest to the
-- convention, of a year whose places are known where there is one.
with

convention as (
    select
        year(debut) as debut,
        year(fin) + {{ var('annees_apres_convention') }} as horizon
    from {{ ref('stg_observatoire__territoires') }}
    where niveau = 'territoire'
),

places_connues as (
    select distinct millesime
    from {{ ref('int_places_a_repartir') }}
    where empechement is null
),

recensement as (
    select
        population.tranche_age,
        tranches.age_min_ans,
        tranches.age_max_ans,
        population.millesime,
        population.edition,
        population.personnes,
        population.source_id,
        convention.horizon
    from {{ ref('int_population_territoires') }} as population
    inner join {{ ref('int_tranches_age') }} as tranches
        on population.tranche_age = tranches.tranche_age
    cross join convention
    left join places_connues on population.millesime = places_connues.millesime
    where
        population.niveau = 'territoire'
        and population.tranche_age in ('0-2 ans', '3-5 ans', '6-10 ans', '11-17 ans')
    qualify
        dense_rank() over (
            order by
                places_connues.millesime is null asc,
                abs(population.millesime - convention.debut) asc,
                population.millesime asc,
                population.edition desc
        ) = 1
),

annees as (
    select
        *,
        unnest(range(millesime, horizon + 1)) as annee
    from recensement
),

generations as (
    select
        annees.tranche_age,
        annees.annee,
        naissances.hypothese_naissances,
        recensees.tranche_age as tranche_recensee,
        annees.millesime,
        annees.edition,
        annees.personnes,
        recensees.personnes as personnes_recensees,
        naissances.naissances,
        naissances.connue,
        annees.source_id || ' ; ' || naissances.source_id as sources
    from annees
    inner join {{ ref('int_naissances_projetees') }} as naissances
        on
            naissances.annee
            between annees.annee - annees.age_max_ans - 1 and annees.annee - annees.age_min_ans - 1
    inner join recensement as recensees
        on
            greatest(annees.millesime - naissances.annee - 1, 0)
            between recensees.age_min_ans and recensees.age_max_ans
    qualify
        count(*) over (
            partition by annees.tranche_age, annees.annee, naissances.hypothese_naissances
        ) = annees.age_max_ans - annees.age_min_ans + 1
),

cohortes as (
    select
        tranche_age,
        annee,
        hypothese_naissances,
        tranche_recensee,
        millesime,
        edition,
        personnes,
        personnes_recensees,
        {{ somme('naissances') }} as naissances,
        bool_and(connue) as connues,
        any_value(sources) as sources
    from generations
    group by
        tranche_age,
        annee,
        hypothese_naissances,
        tranche_recensee,
        millesime,
        edition,
        personnes,
        personnes_recensees
)

select
    cohortes.tranche_age,
    cohortes.annee,
    cohortes.hypothese_naissances,
    cohortes.tranche_recensee,
    cohortes.millesime,
    cohortes.edition,
    cohortes.naissances,
    cohortes.connues as naissances_connues,
    100 * departs.personnes / departs.naissances as enfants_pour_100_naissances,
    cohortes.naissances / departs.naissances
    * coalesce(departs.personnes / nullif(cohortes.personnes_recensees, 0), 0) as coefficient,
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
