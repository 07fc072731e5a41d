-- What the file does not bound (a masked IRIS, a hidden total) is bounded by the census children of
-- the same vintage and age band, times the most that the Caf knows for one of them in the IRIS that
-- it publishes. Where the census of that vintage or such an IRIS is not at hand, or for households,
-- nothing bounds it and the bound is absent.
with

-- Each edition of a vintage bounds on its own.
recensements as (
    select distinct
        millesime,
        edition
    from {{ ref('int_population_iris') }}
),

publiees as (
    select distinct
        mesure,
        tranche_age,
        millesime,
        edition,
        source_id
    from {{ ref('int_caf_iris') }}
),

-- Their number stands for their names, which would be repeated in millions of rows.
series as (
    select
        publiees.mesure,
        publiees.tranche_age,
        publiees.millesime,
        publiees.edition,
        publiees.source_id,
        recensements.edition as edition_recensement,
        row_number() over () as serie
    from publiees
    left join recensements on publiees.millesime = recensements.millesime
),

bornes as (
    select
        caf.iris,
        series.serie,
        caf.masque,
        caf.cellules_vides,
        caf.borne_basse,
        population.personnes,
        coalesce(
            caf.borne_haute,
            if(
                plafonds.plafond is null,
                null,
                greatest(caf.borne_basse, plafonds.plafond * population.personnes)
            )
        ) as borne_haute
    from {{ ref('int_caf_iris') }} as caf
    inner join series
        on
            caf.mesure = series.mesure
            and caf.tranche_age is not distinct from series.tranche_age
            and caf.millesime = series.millesime
            and caf.edition = series.edition
            and caf.source_id = series.source_id
    left join {{ ref('int_population_iris') }} as population
        on
            caf.iris = population.iris
            and caf.tranche_age = population.tranche_age
            and series.millesime = population.millesime
            and series.edition_recensement = population.edition
    left join {{ ref('int_plafonds_caf') }} as plafonds
        on
            caf.tranche_age = plafonds.tranche_age
            and caf.millesime = plafonds.millesime
            and caf.edition = plafonds.edition
            and series.edition_recensement = plafonds.edition_recensement
),

sommes as (
    select
        appartenances.territoire_id,
        any_value(appartenances.niveau) as niveau,
        bornes.serie,
        {{ somme('bornes.borne_basse') }} as borne_basse,
        if(
            count(*) = count(bornes.borne_haute),
            {{ somme('bornes.borne_haute') }},
            null
        ) as borne_haute,
        count(*) as iris_total,
        count(*) filter (where bornes.masque) as iris_masques,
        sum(bornes.cellules_vides) as cellules_vides,
        100 * coalesce({{ somme('if(bornes.masque, null, bornes.personnes)') }}, 0)
        / nullif({{ somme('bornes.personnes') }}, 0) as population_couverte_pct
    from bornes
    inner join {{ ref('int_iris_territoires') }} as appartenances
        on bornes.iris = appartenances.iris
    group by
        appartenances.territoire_id,
        bornes.serie
)

select
    sommes.territoire_id,
    sommes.niveau,
    series.mesure,
    coalesce(series.tranche_age, 'sans objet') as tranche_age,
    series.millesime,
    series.edition,
    series.edition_recensement,
    series.source_id,
    sommes.borne_basse,
    sommes.borne_haute,
    sommes.iris_total,
    sommes.iris_masques,
    sommes.cellules_vides,
    sommes.population_couverte_pct
from sommes
inner join series on sommes.serie = series.serie
