with

districts as (
    select *
    from {{ ref('int_territoires') }}
    where niveau = 'district'
),

-- A commune without a district holds all the IRIS of its Insee commune.
communes_entieres as (
    select *
    from {{ ref('int_territoires') }}
    where
        niveau = 'commune'
        and territoire_id not in (select districts.commune_id from districts)
),

prefixes as (
    select max(length(prefixe_iris)) as chiffres
    from districts
),

appartenances as (
    select
        iris.iris,
        districts.territoire_id as district_id,
        coalesce(districts.commune_id, communes_entieres.territoire_id) as commune_id
    from {{ ref('int_iris') }} as iris
    cross join prefixes
    left join districts
        on left(iris.iris, cast(prefixes.chiffres as integer)) = districts.prefixe_iris
    left join communes_entieres on iris.commune_insee = communes_entieres.commune_insee
),

ensembles as (
    select territoire_id
    from {{ ref('int_territoires') }}
    where niveau = 'territoire'
),

niveaux as (
    select
        iris,
        district_id as territoire_id,
        'district' as niveau
    from appartenances
    where district_id is not null
    union all
    select
        iris,
        commune_id as territoire_id,
        'commune' as niveau
    from appartenances
    where commune_id is not null
    union all
    select
        appartenances.iris,
        ensembles.territoire_id,
        'territoire' as niveau
    from appartenances
    cross join ensembles
    where appartenances.commune_id is not null
)

select
    iris,
    territoire_id,
    niveau,
    count(*) over (partition by territoire_id) as iris_du_territoire
from niveaux
