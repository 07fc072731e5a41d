{{ services_pour_1000(
    indicateur_id='PERI01',
    type_service='ALSH périscolaire',
    tranche_age='3-10 ans'
) }}
