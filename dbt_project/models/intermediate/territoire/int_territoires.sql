-- A territory lists the districts of its communes, or leaves them to Insee: the grands quartiers of
-- a commune that has at least two. Insee's labels repeat from one commune to another (« Centre »),
-- do not name theirs, or are missing (« Sans objet ou non disponible »). Each territory has a label
-- of its own, that a chart or a reader may take for it; the registry names the communes by theirs.
with

territoires as (
    select * from {{ ref('stg_observatoire__territoires') }}
),

communes as (
    select * from territoires
    where niveau = 'commune'
),

communes_sans_liste as (
    select *
    from communes
    where
        commune_id not in (
            select territoires.commune_id
            from territoires
            where territoires.niveau = 'district'
        )
),

prefixes as (
    select distinct
        communes_sans_liste.commune_id,
        communes_sans_liste.commune_insee,
        left(iris.iris, cast(ensembles.chiffres_district as integer)) as prefixe_iris
    from {{ ref('int_iris') }} as iris
    inner join communes_sans_liste on iris.commune_insee = communes_sans_liste.commune_insee
    inner join territoires as ensembles on ensembles.niveau = 'territoire'
    where iris.type_iris <> 'Z'
),

deduits as (
    select *
    from prefixes
    qualify count(*) over (partition by commune_id) > 1
),

grands_quartiers as (
    select
        grand_quartier,
        if(libelle like 'Sans objet%', 'grand quartier ' || grand_quartier, libelle) as libelle
    from {{ ref('stg_insee__grands_quartiers') }}
    qualify
        row_number() over (partition by grand_quartier order by millesime desc, edition desc) = 1
),

declares as (
    select
        territoire_id,
        libelle,
        niveau,
        commune_id,
        commune_insee,
        prefixe_iris
    from territoires
    union all
    select
        prefixe_iris as territoire_id,
        null as libelle,
        'district' as niveau,
        commune_id,
        commune_insee,
        prefixe_iris
    from deduits
),

-- The level is no condition of the join: DuckDB would compare every pair.
tous as (
    select
        *,
        if(niveau = 'district', territoire_id, null) as grand_quartier
    from declares
),

nommes as (
    select
        tous.territoire_id,
        tous.niveau,
        tous.commune_id,
        tous.commune_insee,
        tous.prefixe_iris,
        grands_quartiers.libelle as libelle_insee,
        coalesce(
            tous.libelle,
            if(
                contains(grands_quartiers.libelle, communes.libelle),
                grands_quartiers.libelle,
                communes.libelle || ' – ' || grands_quartiers.libelle
            ),
            communes.libelle || ' – ' || tous.territoire_id
        ) as libelle
    from tous
    left join communes on tous.commune_id = communes.territoire_id
    left join grands_quartiers on tous.grand_quartier = grands_quartiers.grand_quartier
)

select
    territoire_id,
    niveau,
    commune_id,
    commune_insee,
    prefixe_iris,
    libelle_insee,
    case
        when niveau = 'commune' or count(*) over (partition by libelle) = 1 then libelle
        when niveau = 'territoire' then libelle || ' (ensemble)'
        else libelle || ' – ' || territoire_id
    end as libelle
from nommes
