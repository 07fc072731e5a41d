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

bornes as (
    select
        caf.iris,
        caf.mesure,
        caf.tranche_age,
        caf.millesime,
        caf.edition,
        caf.source_id,
        recensements.edition as edition_recensement,
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
    left join recensements on caf.millesime = recensements.millesime
    left join {{ ref('int_population_iris') }} as population
        on
            caf.iris = population.iris
            and caf.tranche_age = population.tranche_age
            and recensements.millesime = population.millesime
            and recensements.edition = population.edition
    left join {{ ref('int_plafonds_caf') }} as plafonds
        on
            caf.tranche_age = plafonds.tranche_age
            and caf.millesime = plafonds.millesime
            and caf.edition = plafonds.edition
            and recensements.edition = plafonds.edition_recensement
)

select
    appartenances.territoire_id,
    any_value(appartenances.niveau) as niveau,
    bornes.mesure,
    coalesce(bornes.tranche_age, 'sans objet') as tranche_age,
    bornes.millesime,
    bornes.edition,
    bornes.edition_recensement,
    bornes.source_id,
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
    bornes.mesure,
    bornes.tranche_age,
    bornes.millesime,
    bornes.edition,
    bornes.edition_recensement,
    bornes.source_id
