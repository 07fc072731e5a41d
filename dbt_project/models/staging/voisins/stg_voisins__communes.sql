select commune_insee
from {{ source('voisins', 'observatoire_territoires') }}
