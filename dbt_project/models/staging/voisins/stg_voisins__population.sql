select
    iris,
    p_pop0002 as enfants_0_2_ans,
    millesime,
    edition,
    source_id
from {{ source('voisins', 'insee_population') }}
