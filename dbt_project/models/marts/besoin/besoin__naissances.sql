select
    naissances.territoire_id,
    territoires.niveau,
    naissances.annee,
    naissances.naissances,
    naissances.motif_absence,
    naissances.edition,
    naissances.source_id
from {{ ref('stg_insee__naissances') }} as naissances
inner join {{ ref('int_territoires') }} as territoires
    on
        naissances.territoire_id = territoires.territoire_id
        and territoires.niveau in ('territoire', 'référence')
