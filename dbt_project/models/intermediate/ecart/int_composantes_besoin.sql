-- The components of an index are of one year: the last one of those that have the most of them.
with

mesures as (
    select
        'pauvreté' as composante,
        tirage,
        territoire_id,
        niveau,
        millesime,
        edition,
        taux_pauvrete_pct as valeur
    from {{ ref('est_revenus') }}
    union all
    select
        'monoparentalité' as composante,
        tirage,
        territoire_id,
        niveau,
        millesime,
        edition,
        part_monoparentales_pct as valeur
    from {{ ref('est_familles') }}
    union all
    select
        'Caf' as composante,
        caf.tirage,
        caf.territoire_id,
        caf.niveau,
        caf.millesime,
        caf.edition || ' ; ' || population.edition as edition,
        100 * caf.enfants_couverts / nullif(population.personnes, 0) as valeur
    from {{ ref('est_caf') }} as caf
    inner join {{ ref('est_population') }} as population
        on
            caf.tirage = population.tirage
            and caf.territoire_id = population.territoire_id
            and caf.tranche_age = population.tranche_age
            and caf.millesime = population.millesime
            and caf.edition_recensement = population.edition
    where caf.tranche_age = '0-17 ans'
),

districts as (
    select *
    from mesures
    where
        niveau = 'district'
        and valeur is not null
),

millesimes as (
    select millesime
    from districts
    group by millesime
    qualify row_number() over (order by count(distinct composante) desc, millesime desc) = 1
)

select
    districts.composante,
    districts.tirage,
    districts.territoire_id,
    districts.millesime,
    districts.edition,
    districts.valeur
from districts
inner join millesimes on districts.millesime = millesimes.millesime
qualify
    dense_rank() over (partition by districts.composante order by districts.edition desc) = 1
