select
    type_offre,
    tranche_age,
    ordre,
    territoire_id,
    100 * part_enfants_cumulee as part_enfants_cumulee_pct,
    100 * part_offre_cumulee as part_offre_cumulee_pct,
    millesime,
    edition || ' ; ' || edition_recensement as edition
from {{ ref('int_lorenz') }}
where
    tirage = 0
    and part_offre_cumulee is not null
