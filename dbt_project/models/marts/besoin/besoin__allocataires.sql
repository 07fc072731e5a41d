select
    territoire_id,
    niveau,
    mesure,
    tranche_age,
    millesime,
    edition,
    cast(borne_basse as bigint) as borne_basse,
    borne_haute,
    iris_total,
    iris_masques,
    cast(cellules_vides as bigint) as cellules_vides,
    source_id
from {{ ref('int_caf_territoires') }}
