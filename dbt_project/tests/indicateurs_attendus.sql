-- A value that the catalogue does not announce, of a territory or at all, has no place there.
select
    valeurs.indicateur_id,
    valeurs.declinaison,
    valeurs.territoire_id
from {{ ref('ecart__indicateurs') }} as valeurs
anti join {{ ref('int_indicateurs_attendus') }} as attendus
    on
        valeurs.indicateur_id = attendus.indicateur_id
        and valeurs.declinaison = attendus.declinaison
        and valeurs.territoire_id = attendus.territoire_id
