-- A commune of which the reference knows no IRIS would have no figure, and nobody would miss it.
select
    communes.territoire_id,
    communes.libelle,
    communes.commune_insee
from {{ ref('int_territoires') }} as communes
anti join {{ ref('int_iris_territoires') }} as appartenances
    on communes.territoire_id = appartenances.territoire_id
where
    communes.niveau = 'commune'
    and exists (select iris.iris from {{ ref('int_iris') }} as iris)
