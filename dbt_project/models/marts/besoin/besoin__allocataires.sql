-- What the Caf gives does not depend on the census, but for the bound of what it masks: the latest
-- edition of its vintage. A part of a split IRIS may not be whole: a floor is rounded down.
select
    territoire_id,
    niveau,
    mesure,
    tranche_age,
    millesime,
    edition,
    cast(floor(round(borne_basse, 6)) as bigint) as borne_basse,
    borne_haute,
    iris_total,
    iris_masques,
    cast(cellules_vides as bigint) as cellules_vides,
    source_id
from {{ ref('int_caf_territoires') }}
qualify
    row_number() over (
        partition by territoire_id, mesure, tranche_age, millesime, edition
        order by edition_recensement desc
    ) = 1
