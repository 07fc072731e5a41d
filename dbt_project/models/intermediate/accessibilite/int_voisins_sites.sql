-- The places of a neighbour are shared equally between the establishments that the BPE of the year
-- counts there. Those that it places in no IRIS stand where the children of the commune are.
with

equipements as (
    select
        *,
        1 as rang
    from {{ ref('stg_voisins__bpe') }}
    union all by name
    select
        *,
        2 as rang
    from {{ ref('stg_voisins__bpe_localisee') }}
),

etablissements as (
    select
        commune_insee,
        iris,
        millesime,
        source_id,
        {{ somme('equipements') }} as etablissements
    from equipements
    where type_equipement = 'D502'
    group by
        commune_insee,
        iris,
        millesime,
        edition,
        source_id,
        rang
    qualify
        dense_rank() over (
            partition by commune_insee, millesime
            order by rang asc, edition desc, source_id desc
        ) = 1
),

places as (
    select *
    from {{ ref('stg_voisins__places') }}
    qualify row_number() over (partition by commune_insee, annee order by edition desc) = 1
),

milieux as (
    select
        commune_insee,
        millesime,
        edition,
        edition_population,
        {{ somme('lon * enfants_0_2_ans') }}
        / nullif({{ somme('enfants_0_2_ans') }}, 0) as lon,
        {{ somme('lat * enfants_0_2_ans') }}
        / nullif({{ somme('enfants_0_2_ans') }}, 0) as lat
    from {{ ref('int_voisins_iris') }}
    group by
        commune_insee,
        millesime,
        edition,
        edition_population
)

select
    'voisin-' || etablissements.iris as site_id,
    etablissements.commune_insee,
    coalesce(iris.lon, milieux.lon) as lon,
    coalesce(iris.lat, milieux.lat) as lat,
    etablissements.etablissements,
    places.places * etablissements.etablissements
    / {{ somme_sur('etablissements.etablissements', 'commune') }} as places,
    milieux.millesime,
    milieux.edition,
    milieux.edition_population,
    concat_ws(' ; ', places.source_id, etablissements.source_id) as sources
from etablissements
inner join places
    on
        etablissements.commune_insee = places.commune_insee
        and etablissements.millesime = places.annee
inner join milieux
    on
        etablissements.commune_insee = milieux.commune_insee
        and etablissements.millesime = milieux.millesime
left join {{ ref('int_voisins_iris') }} as iris
    on
        etablissements.iris = iris.iris
        and milieux.millesime = iris.millesime
        and milieux.edition = iris.edition
        and milieux.edition_population = iris.edition_population
window commune as (
    partition by
        etablissements.commune_insee,
        milieux.millesime,
        milieux.edition,
        milieux.edition_population
)
