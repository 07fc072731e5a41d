-- Sites of which nothing says the district count for their commune. Places come in powers of two
-- (2⁻²⁰ of a place): their sums are exact in whatever order.
with

repartis as (
    select
        territoires.territoire_id as commune_id,
        repartis.millesime,
        repartis.edition
    from {{ ref('int_territoires') }} as territoires
    inner join {{ ref('int_places_a_repartir') }} as repartis
        on territoires.commune_insee = repartis.commune_insee
    where
        territoires.niveau = 'commune'
        and repartis.empechement is null
),

communes as (
    select count(*) as communes
    from {{ ref('int_territoires') }}
    where niveau = 'commune'
),

couverts as (
    select
        territoires.territoire_id,
        territoires.niveau,
        territoires.commune_id,
        repartis.millesime,
        repartis.edition
    from {{ ref('int_territoires') }} as territoires
    inner join repartis on territoires.commune_id = repartis.commune_id
    where territoires.niveau in ('commune', 'district')
    union all
    select
        territoires.territoire_id,
        territoires.niveau,
        repartis.commune_id,
        repartis.millesime,
        repartis.edition
    from repartis
    cross join communes
    inner join {{ ref('int_territoires') }} as territoires on territoires.niveau = 'territoire'
    qualify
        count(*) over (partition by repartis.millesime, repartis.edition) = communes.communes
),

tirees as (
    select
        scenario_id,
        site_id,
        millesime,
        edition,
        {{ un_tirage_par_ligne('places') }}
    from {{ ref('est_sites') }}
),

sites as (
    select
        sites.scenario_id,
        sites.unite_id,
        sites.commune_id,
        sites.millesime,
        sites.edition,
        tirees.tirage,
        tirees.places,
        if(sites.places_connues is null, 0, tirees.places) as places_connues
    from {{ ref('int_sites_eaje') }} as sites
    inner join tirees
        on
            sites.scenario_id = tirees.scenario_id
            and sites.site_id = tirees.site_id
            and sites.millesime = tirees.millesime
            and sites.edition = tirees.edition
),

sommes as (
    select
        sites.scenario_id,
        sites.tirage,
        couverts.territoire_id,
        sites.millesime,
        sites.edition,
        sum(sites.places) as places,
        sum(sites.places_connues) as places_connues
    from sites
    inner join couverts
        on
            sites.commune_id = couverts.commune_id
            and sites.millesime = couverts.millesime
            and sites.edition = couverts.edition
            and (couverts.niveau <> 'district' or sites.unite_id = couverts.territoire_id)
    group by
        sites.scenario_id,
        sites.tirage,
        couverts.territoire_id,
        sites.millesime,
        sites.edition
),

attendus as (
    select distinct
        territoire_id,
        niveau,
        millesime,
        edition
    from couverts
),

tirages as (
    select unnest(range(tirages + 1)) as tirage
    from {{ ref('int_tirages') }}
)

-- A district without any site has no place, which is a figure.
select
    scenarios.scenario_id,
    tirages.tirage,
    attendus.territoire_id,
    attendus.niveau,
    attendus.millesime,
    attendus.edition,
    coalesce(sommes.places, 0) as places,
    coalesce(sommes.places_connues, 0) as places_connues
from {{ ref('int_scenarios') }} as scenarios
cross join tirages
cross join attendus
left join sommes
    on
        scenarios.scenario_id = sommes.scenario_id
        and tirages.tirage = sommes.tirage
        and attendus.territoire_id = sommes.territoire_id
        and attendus.millesime = sommes.millesime
        and attendus.edition = sommes.edition
