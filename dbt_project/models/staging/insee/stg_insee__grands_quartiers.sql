select
    codgeo as grand_quartier,
    libgeo as libelle,
    millesime,
    edition
from {{ source('insee', 'insee_grands_quartiers') }}
