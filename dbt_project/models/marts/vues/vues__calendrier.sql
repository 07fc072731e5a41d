select
    'comité' as nature,
    instance_id as objet_id,
    annee,
    echeance,
    coalesce(
        list_extract(
            [
                'janvier', 'février', 'mars', 'avril', 'mai', 'juin',
                'juillet', 'août', 'septembre', 'octobre', 'novembre', 'décembre'
            ],
            mois
        ),
        saison,
        'dans l’année'
    ) as moment,
    libelle,
    communes,
    etat,
    date_tenue as date_realisation,
    document
from {{ ref('suivi__reunions') }}
union all
select
    'jalon' as nature,
    jalon_id as objet_id,
    year(echeance) as annee,
    echeance,
    strftime(echeance, '%d/%m') as moment,
    libelle,
    communes,
    etat,
    date_atteinte as date_realisation,
    document
from {{ ref('suivi__jalons') }}
