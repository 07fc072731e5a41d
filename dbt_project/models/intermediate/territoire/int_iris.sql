-- Every figure is brought to one geography, that of the latest reference at hand.
select
    iris,
    libelle,
    type_iris,
    commune_insee,
    libelle_commune,
    geographie,
    source_id
from {{ ref('stg_insee__iris') }}
qualify dense_rank() over (order by geographie desc, edition desc) = 1
