{{ services_pour_1000(
    indicateur_id='LAEP01',
    type_service='LAEP',
    tranche_age='0-5 ans'
) }}
