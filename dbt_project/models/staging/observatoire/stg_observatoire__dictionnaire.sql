select
    schema_nom,
    table_nom,
    table_definition,
    rang,
    colonne,
    type,
    obligatoire,
    cle,
    definition,
    valeurs_admises,
    reference
from {{ source('observatoire', 'observatoire_dictionnaire') }}
