select
    objet,
    fichier as source_id,
    etape,
    ligne,
    colonne,
    valeur,
    regle,
    gravite
from {{ source('journal', 'constats') }}
