select
    lieux.commune_id,
    lieux.adresse_normalisee,
    list(distinct placements.district_id) as districts,
    list(distinct lieux.ligne_id) as lignes
from {{ ref('int_lieux') }} as lieux
inner join {{ ref('stg_observatoire__placements') }} as placements
    on
        lieux.ligne_id = placements.ligne_id
        and lieux.rang = placements.rang
where
    placements.statut <> 'non placé'
    and regexp_matches(lieux.adresse_normalisee, '^[0-9]')
group by
    lieux.commune_id,
    lieux.adresse_normalisee
having count(distinct placements.district_id) > 1
