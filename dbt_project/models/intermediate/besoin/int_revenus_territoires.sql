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

editions as (
    select distinct
        revenus.millesime,
        revenus.edition,
        revenus.source_id,
        population.edition as edition_recensement,
        population.source_id as source_recensement
    from {{ ref('stg_insee__filosofi') }} as revenus
    left join {{ ref('int_population_iris') }} as population
        on revenus.millesime = population.millesime
),

iris as (
    select
        appartenances.iris,
        appartenances.territoire_id,
        appartenances.niveau,
        editions.millesime,
        concat_ws(' ; ', editions.edition, editions.edition_recensement) as edition,
        concat_ws(' ; ', editions.source_id, editions.source_recensement) as sources,
        population.personnes,
        if(filosofi.taux_pauvrete_pct is null, null, population.personnes) as personnes_couvertes,
        filosofi.taux_pauvrete_pct,
        filosofi.mediane_eur
    from {{ ref('int_iris_territoires') }} as appartenances
    cross join editions
    left join {{ ref('int_population_iris') }} as population
        on
            appartenances.iris = population.iris
            and population.tranche_age = 'ensemble'
            and editions.millesime = population.millesime
            and editions.edition_recensement = population.edition
    left join filosofi
        on
            appartenances.iris = filosofi.iris
            and editions.millesime = filosofi.millesime
            and editions.edition = filosofi.edition
)

select
    territoire_id,
    niveau,
    millesime,
    edition,
    sources,
    count(*) as iris_total,
    count(taux_pauvrete_pct) as iris_publies,
    {{ somme('taux_pauvrete_pct * personnes') }}
    / {{ somme('personnes_couvertes') }} as taux_pauvrete_pct,
    min(mediane_eur) as mediane_min_eur,
    max(mediane_eur) as mediane_max_eur,
    coalesce({{ somme('personnes_couvertes') }}, 0) as population_couverte,
    100 * coalesce({{ somme('personnes_couvertes') }}, 0)
    / {{ somme('personnes') }} as population_couverte_pct
from iris
group by
    territoire_id,
    niveau,
    millesime,
    edition,
    sources
