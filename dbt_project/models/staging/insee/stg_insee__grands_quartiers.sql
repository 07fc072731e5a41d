select
    codgeo as grand_quartier,
    libgeo as libelle,
    nb_iris
from {{ source('insee', 'insee_grands_quartiers') }}
