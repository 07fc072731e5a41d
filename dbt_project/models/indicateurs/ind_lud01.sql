{{ services_pour_1000(
    indicateur_id='LUD01',
    libelle='Ludothèques pour 1 000 enfants de 0 à 10 ans',
    type_service='ludothèque',
    tranche_age='0-10 ans'
) }}
