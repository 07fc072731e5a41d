select
    rang,
    modele,
    description,
    empreinte,
    parametres,
    amont,
    tables_lues
from {{ ref('stg_observatoire__modeles') }}
