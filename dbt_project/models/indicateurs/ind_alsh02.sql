{{ services_pour_1000(
    indicateur_id='ALSH02',
    libelle='ALSH extrascolaires pour 1 000 enfants de 3 à 10 ans',
    type_service='ALSH extrascolaire',
    tranche_age='3-10 ans'
) }}
