-- A neighbour enters the system whole or not at all: its children without its places, or the
-- reverse, would tell families of the territory what is not so.
with

enfants as (
    select
        commune_insee,
        millesime,
        edition,
        edition_population,
        any_value(libelle_commune) as libelle,
        count(*) as iris,
        count(enfants_0_2_ans) as iris_recenses,
        count(lon) as iris_situes,
        string_agg(sources, ' ; ') as sources
    from {{ ref('int_voisins_iris') }}
    group by
        commune_insee,
        millesime,
        edition,
        edition_population
),

sites as (
    select
        commune_insee,
        millesime,
        edition,
        edition_population,
        count(*) as sites,
        string_agg(sources, ' ; ') as sources
    from {{ ref('int_voisins_sites') }}
    group by
        commune_insee,
        millesime,
        edition,
        edition_population
),

places as (
    select distinct
        commune_insee,
        annee
    from {{ ref('stg_voisins__places') }}
)

select
    communes.commune_insee,
    coalesce(enfants.libelle, communes.commune_insee) as libelle,
    recensements.millesime,
    recensements.edition,
    recensements.edition_population,
    nullif(
        concat_ws(
            ', ',
            if(enfants.iris is null, 'liste des IRIS', null),
            if(enfants.iris_recenses = enfants.iris, null, 'population'),
            if(enfants.iris_situes = enfants.iris, null, 'points des IRIS'),
            if(places.annee is null, 'places de la Cnaf', null),
            if(sites.sites is null, 'établissements de la BPE', null)
        ),
        ''
    ) as manques,
    {{ sans_repetition(
        "string_split(concat_ws(' ; ', enfants.sources, sites.sources), ' ; ')"
    ) }} as sources
from {{ ref('stg_voisins__communes') }} as communes
cross join {{ ref('int_recensement_des_places') }} as recensements
left join enfants
    on
        communes.commune_insee = enfants.commune_insee
        and recensements.millesime = enfants.millesime
        and recensements.edition = enfants.edition
        and recensements.edition_population = enfants.edition_population
left join sites
    on
        communes.commune_insee = sites.commune_insee
        and recensements.millesime = sites.millesime
        and recensements.edition = sites.edition
        and recensements.edition_population = sites.edition_population
left join places
    on
        communes.commune_insee = places.commune_insee
        and recensements.millesime = places.annee
