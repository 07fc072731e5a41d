select
    annee_modif as annee,
    iris_ini,
    com_ini as commune_ini,
    iris_fin,
    com_fin as commune_fin,
    modif_iris as modification,
    nature_modif as nature
from {{ source('insee', 'insee_iris_modifications') }}
