{{ services_pour_1000(
    indicateur_id='LAEP01',
    libelle='Lieux d’accueil enfants-parents pour 1 000 enfants de 0 à 5 ans',
    type_service='LAEP',
    tranche_age='0-5 ans'
) }}
