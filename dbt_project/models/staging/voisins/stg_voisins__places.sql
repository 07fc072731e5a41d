select
    numcom as commune_insee,
    annee,
    pl_eaje_com as places,
    edition,
    source_id
from {{ source('voisins', 'caf_places') }}
