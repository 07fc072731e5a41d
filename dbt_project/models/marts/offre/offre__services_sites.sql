select distinct
    lignes.service_id,
    lieux.site_id,
    lieux.rang = 1 as principal
from {{ ref('int_lieux') }} as lieux
inner join {{ ref('int_lignes_services') }} as lignes on lieux.ligne_id = lignes.ligne_id
