select
    territoires.territoire_id as district_id,
    territoires.libelle,
    territoires.commune_id,
    contours.contour_geojson
from {{ ref('int_territoires') }} as territoires
left join {{ ref('int_contours_districts') }} as contours
    on territoires.territoire_id = contours.district_id
where territoires.niveau = 'district'
