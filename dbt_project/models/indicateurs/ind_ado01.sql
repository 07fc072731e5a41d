{{ services_pour_1000(
    indicateur_id='ADO01',
    type_service='accueil ados',
    tranche_age='11-17 ans'
) }}
