select
    registre.ligne_id,
    services.service_id,
    registre.nom,
    registre.adresse,
    registre.commune_id,
    coalesce(placements.motif, 'Aucun placement n’est connu pour cette ligne.') as motif
from {{ ref('int_registre') }} as registre
inner join {{ ref('int_lignes_services') }} as lignes on registre.ligne_id = lignes.ligne_id
inner join {{ ref('int_services') }} as services on lignes.service_id = services.service_id
left join {{ ref('stg_observatoire__placements') }} as placements
    on
        registre.ligne_id = placements.ligne_id
        and placements.statut = 'non placé'
where services.statut_placement is null
qualify row_number() over (partition by registre.ligne_id order by placements.rang) = 1
