-- What the Caf gives does not depend on the census, but for the bound of what it masks: the latest
-- edition of its vintage. A part of a split IRIS may not be whole: a floor is rounded down.
with

recensements as (
    select
        millesime,
        max(edition_recensement) as derniere_edition
    from {{ ref('int_caf_territoires') }}
    group by millesime
)

select
    caf.territoire_id,
    caf.niveau,
    caf.mesure,
    caf.tranche_age,
    caf.millesime,
    caf.edition,
    cast(floor(round(caf.borne_basse, 6)) as bigint) as borne_basse,
    caf.borne_haute,
    caf.iris_total,
    caf.iris_masques,
    cast(caf.cellules_vides as bigint) as cellules_vides,
    caf.source_id
from {{ ref('int_caf_territoires') }} as caf
inner join recensements
    on
        caf.millesime = recensements.millesime
        and caf.edition_recensement is not distinct from recensements.derniere_edition
