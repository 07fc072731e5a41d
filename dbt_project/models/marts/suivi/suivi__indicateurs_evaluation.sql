select
    indicateurs.indicateur_evaluation_id,
    communes.territoire_id as commune_id,
    indicateurs.mention,
    replace(indicateurs.suivi_par, '+', ', ') as suivi_par,
    indicateurs.document,
    indicateurs.source_id
from {{ ref('stg_convention__indicateurs_evaluation') }} as indicateurs
inner join {{ ref('int_territoires') }} as communes
    on
        indicateurs.commune = communes.libelle
        and communes.niveau = 'commune'
