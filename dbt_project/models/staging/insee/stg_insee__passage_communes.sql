select
    annee,
    code_ini,
    code_fin,
    part,
    evenement as nature
from {{ source('insee', 'insee_passage_communes') }}
