-- A match in the wrong commune is the classic error of addresses whose names repeat.
select
    placements.ligne_id,
    placements.district_id,
    registre.commune_id
from {{ ref('stg_observatoire__placements') }} as placements
inner join {{ ref('int_registre') }} as registre
    on placements.ligne_id = registre.ligne_id
inner join {{ ref('int_territoires') }} as districts
    on placements.district_id = districts.territoire_id
where
    placements.statut <> 'non placé'
    and districts.commune_id <> registre.commune_id
