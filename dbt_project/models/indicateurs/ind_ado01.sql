{{ services_pour_1000(
    indicateur_id='ADO01',
    libelle='Accueils d’adolescents pour 1 000 jeunes de 11 à 17 ans',
    type_service='accueil ados',
    tranche_age='11-17 ans'
) }}
