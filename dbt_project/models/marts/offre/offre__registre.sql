select
    registre.ligne_id,
    registre.annexe,
    registre.ordre,
    registre.rubrique,
    registre.gestion_imprimee,
    registre.nom_imprime,
    registre.adresse_imprimee,
    registre.nom,
    registre.adresse,
    services.service_id,
    registre.source_id
from {{ ref('int_registre') }} as registre
inner join {{ ref('int_lignes_services') }} as services
    on registre.ligne_id = services.ligne_id
