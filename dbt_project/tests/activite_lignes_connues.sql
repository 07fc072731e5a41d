select distinct
    statistiques.territoire_id as ligne_id,
    statistiques.source_id
from {{ ref('stg_caf__cej') }} as statistiques
anti join {{ ref('stg_convention__registre') }} as registre
    on statistiques.territoire_id = registre.ligne_id
where statistiques.niveau = 'service'
