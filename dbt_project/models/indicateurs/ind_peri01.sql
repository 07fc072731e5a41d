{{ services_pour_1000(
    indicateur_id='PERI01',
    libelle='ALSH périscolaires pour 1 000 enfants de 3 à 10 ans',
    type_service='ALSH périscolaire',
    tranche_age='3-10 ans'
) }}
