{{ services_pour_1000(
    indicateur_id='LUD01',
    type_service='ludothèque',
    tranche_age='0-10 ans'
) }}
