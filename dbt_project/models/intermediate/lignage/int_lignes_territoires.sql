-- A row stands in every territory that holds the whole of its place: a figure of an Insee commune
-- is not one of its districts. What a line of the registry counts is its type of service; one that
-- nothing places counts in the interval of each district of its commune, where it may stand.
with

lignes as (
    select *
    from {{ ref('stg_observatoire__lignes') }}
),

-- Read several times over: kept whole, the places of a country would not fit in memory.
lieux as not materialized (
    select
        objet,
        source_id,
        ligne,
        annee,
        sujet,
        nature,
        geographie,
        unnest(lieux) as lieu
    from lignes
),

codes as (
    select distinct
        lieu,
        geographie
    from lieux
    where nature = 'code'
),

-- The code of the reference geography, or the codes of what it became.
passes as (
    select
        codes.lieu,
        codes.geographie,
        coalesce(iris.code_cible, communes.code_cible, codes.lieu) as code
    from codes
    left join {{ ref('int_passage_iris') }} as iris
        on
            codes.lieu = iris.code_source
            and codes.geographie = iris.geographie_source
    left join {{ ref('int_passage_communes') }} as communes
        on
            codes.lieu = communes.code_source
            and codes.geographie = communes.geographie_source
),

places as (
    select
        codes.lieu,
        codes.geographie,
        contenants.contenant_id as territoire_id
    from codes
    inner join {{ ref('int_territoires_contenants') }} as contenants
        on codes.lieu = contenants.territoire_id
    union
    select
        passes.lieu,
        passes.geographie,
        appartenances.territoire_id
    from passes
    inner join {{ ref('int_iris_territoires') }} as appartenances
        on passes.code = appartenances.iris
    union
    select
        passes.lieu,
        passes.geographie,
        communes.territoire_id
    from passes
    inner join {{ ref('int_communes_insee') }} as communes on passes.code = communes.commune_insee
),

implantations as (
    select
        services.service_id,
        services.type_service,
        contenants.contenant_id as territoire_id
    from {{ ref('int_services_territoires') }} as services
    inner join {{ ref('int_territoires_contenants') }} as contenants
        on services.territoire_id = contenants.territoire_id
    union
    select
        services.service_id,
        services.type_service,
        districts.territoire_id
    from {{ ref('int_services_territoires') }} as services
    inner join {{ ref('int_territoires') }} as districts
        on services.territoire_id = districts.commune_id
    where
        services.statut_placement is null
        and districts.niveau = 'district'
),

services as (
    select
        registre.ligne_id,
        implantations.type_service,
        implantations.territoire_id
    from {{ ref('int_lignes_services') }} as registre
    inner join implantations on registre.service_id = implantations.service_id
),

communes as (
    select
        territoires.libelle,
        contenants.contenant_id as territoire_id
    from {{ ref('int_territoires') }} as territoires
    inner join {{ ref('int_territoires_contenants') }} as contenants
        on territoires.territoire_id = contenants.territoire_id
    where territoires.niveau = 'commune'
)

select
    lieux.objet,
    lieux.source_id,
    lieux.ligne,
    lieux.annee,
    lieux.sujet,
    lieux.lieu as cle,
    places.territoire_id
from lieux
inner join places
    on
        lieux.lieu = places.lieu
        and lieux.geographie is not distinct from places.geographie
where lieux.nature = 'code'
union all
select
    lieux.objet,
    lieux.source_id,
    lieux.ligne,
    lieux.annee,
    services.type_service as sujet,
    lieux.lieu as cle,
    services.territoire_id
from lieux
inner join services on lieux.lieu = services.ligne_id
where lieux.nature = 'ligne'
union all
select
    lieux.objet,
    lieux.source_id,
    lieux.ligne,
    lieux.annee,
    lieux.sujet,
    lieux.lieu as cle,
    communes.territoire_id
from lieux
inner join communes on lieux.lieu = communes.libelle
where lieux.nature = 'commune'
union all
-- The last resort: a file read as a whole.
select
    lignes.objet,
    lignes.source_id,
    lignes.ligne,
    lignes.annee,
    lignes.sujet,
    null as cle,
    'fichier entier' as territoire_id
from lignes
