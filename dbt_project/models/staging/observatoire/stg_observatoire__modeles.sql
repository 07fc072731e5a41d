select
    rang,
    modele,
    description,
    empreinte,
    parametres,
    amont,
    tables_lues
from {{ source('lignage', 'observatoire_modeles') }}
