{{ services_pour_1000(
    indicateur_id='ALSH02',
    type_service='ALSH extrascolaire',
    tranche_age='3-10 ans'
) }}
