-- Insee's labels repeat from one commune to another (« Centre ») or do not name theirs.
with

territoires as (
    select * from {{ ref('stg_observatoire__territoires') }}
),

grands_quartiers as (
    select * from {{ ref('stg_insee__grands_quartiers') }}
)

select
    territoires.territoire_id,
    territoires.niveau,
    territoires.commune_id,
    territoires.prefixe_iris,
    coalesce(
        territoires.libelle,
        if(
            contains(grands_quartiers.libelle, communes.libelle),
            grands_quartiers.libelle,
            communes.libelle || ' – ' || grands_quartiers.libelle
        )
    ) as libelle
from territoires
left join territoires as communes
    on
        territoires.commune_id = communes.territoire_id
        and communes.niveau = 'commune'
left join grands_quartiers on territoires.territoire_id = grands_quartiers.grand_quartier
