-- Each vintage is weighted by the census of its year, each edition of it apart. A rate follows an
-- IRIS that changes its code, not one that is split or merged.
with

filosofi as (
    select
        coalesce(passages.code_cible, revenus.iris) as iris,
        revenus.millesime,
        revenus.edition,
        revenus.taux_pauvrete_pct,
        revenus.mediane_eur
    from {{ ref('stg_insee__filosofi') }} as revenus
    left join {{ ref('int_passage_iris') }} as passages
        on
            revenus.iris = passages.code_source
            and revenus.geographie = passages.geographie_source
    where
        coalesce(passages.part, 1) = 1
        and coalesce(passages.codes_reunis, 1) = 1
),

editions_filosofi as (
    select distinct
        millesime,
        edition,
        source_id
    from {{ ref('stg_insee__filosofi') }}
),

recensements as (
    select distinct
        millesime,
        edition,
        source_id
    from {{ ref('int_population_iris') }}
),

editions as (
    select
        editions_filosofi.millesime,
        editions_filosofi.edition,
        editions_filosofi.source_id,
        recensements.edition as edition_recensement,
        recensements.source_id as source_recensement
    from editions_filosofi
    left join recensements on editions_filosofi.millesime = recensements.millesime
),

territoires as (
    select distinct iris
    from {{ ref('int_iris_territoires') }}
)

select
    territoires.iris,
    editions.millesime,
    concat_ws(' ; ', editions.edition, editions.edition_recensement) as edition,
    editions.edition_recensement,
    concat_ws(' ; ', editions.source_id, editions.source_recensement) as sources,
    population.personnes,
    filosofi.taux_pauvrete_pct,
    filosofi.mediane_eur
from territoires
cross join editions
left join {{ ref('int_population_iris') }} as population
    on
        territoires.iris = population.iris
        and population.tranche_age = 'ensemble'
        and editions.millesime = population.millesime
        and editions.edition_recensement = population.edition
left join filosofi
    on
        territoires.iris = filosofi.iris
        and editions.millesime = filosofi.millesime
        and editions.edition = filosofi.edition
