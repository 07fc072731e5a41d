select
    modules.module_id,
    territoires.territoire_id as commune_id,
    modules.module,
    modules.action,
    modules.quantite,
    modules.unite_imprimee,
    modules.unite_comprise,
    modules.motif,
    modules.mention,
    modules.source_id
from {{ ref('stg_convention__modules') }} as modules
inner join {{ ref('int_territoires') }} as territoires
    on
        modules.commune = territoires.libelle
        and territoires.niveau = 'commune'
