with

editions as (
    select distinct
        millesime,
        edition,
        source_id
    from {{ ref('stg_insee__filosofi') }}
),

iris as (
    select
        population.iris,
        population.personnes,
        editions.millesime,
        editions.edition,
        editions.source_id || ' ; ' || population.source_id as sources,
        if(filosofi.taux_pauvrete_pct is null, null, population.personnes) as personnes_couvertes,
        filosofi.taux_pauvrete_pct,
        filosofi.mediane_eur
    from {{ ref('int_population_iris') }} as population
    inner join editions on population.millesime = editions.millesime
    left join {{ ref('stg_insee__filosofi') }} as filosofi
        on
            population.iris = filosofi.iris
            and population.millesime = filosofi.millesime
    where population.tranche_age = 'ensemble'
)

select
    appartenances.territoire_id,
    appartenances.niveau,
    iris.millesime,
    iris.edition,
    iris.sources,
    count(*) as iris_total,
    count(iris.taux_pauvrete_pct) as iris_publies,
    {{ somme('iris.taux_pauvrete_pct * iris.personnes') }}
    / {{ somme('iris.personnes_couvertes') }} as taux_pauvrete_pct,
    min(iris.mediane_eur) as mediane_min_eur,
    max(iris.mediane_eur) as mediane_max_eur,
    coalesce({{ somme('iris.personnes_couvertes') }}, 0) as population_couverte,
    100 * coalesce({{ somme('iris.personnes_couvertes') }}, 0)
    / {{ somme('iris.personnes') }} as population_couverte_pct
from iris
inner join {{ ref('int_iris_territoires') }} as appartenances
    on iris.iris = appartenances.iris
group by
    appartenances.territoire_id,
    appartenances.niveau,
    iris.millesime,
    iris.edition,
    iris.sources
