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
    sum(iris.taux_pauvrete_pct * iris.personnes)
    / sum(iris.personnes) filter (where iris.taux_pauvrete_pct is not null) as taux_pauvrete_pct,
    min(iris.mediane_eur) as mediane_min_eur,
    max(iris.mediane_eur) as mediane_max_eur,
    coalesce(sum(iris.personnes) filter (where iris.taux_pauvrete_pct is not null), 0)
        as population_couverte,
    100 * coalesce(sum(iris.personnes) filter (where iris.taux_pauvrete_pct is not null), 0)
    / sum(iris.personnes) as population_couverte_pct
from iris
inner join {{ ref('int_iris_territoires') }} as appartenances
    on iris.iris = appartenances.iris
group by
    appartenances.territoire_id,
    appartenances.niveau,
    iris.millesime,
    iris.edition,
    iris.sources
