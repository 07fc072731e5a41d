-- Supply and need of the districts, each in the variants that the sensitivity table compares: the
-- coverage with its children or its places at their estimate, the accessibility at each catchment,
-- the need index with its own. Places and children are of one year, the last that has both.
with

places as (
    select *
    from {{ ref('est_places') }}
    where
        scenario_id = 'référence'
        and niveau = 'district'
),

enfants as (
    select *
    from {{ ref('est_population') }}
    where tranche_age = '0-2 ans'
),

variantes (variante, places_tirees, enfants_tires) as (
    values
    ('référence', true, true),
    ('recensement sans erreur', true, false),
    ('capacités sans erreur', false, true)
),

tirages as (
    select distinct tirage
    from places
),

couverture as (
    select
        'couverture' as critere,
        variantes.variante,
        tirages.tirage,
        places.territoire_id,
        places.millesime,
        places.edition || ' ; ' || enfants.edition as edition,
        100 * places.places / nullif(enfants.personnes, 0) as valeur
    from variantes
    cross join tirages
    inner join places on places.tirage = if(variantes.places_tirees, tirages.tirage, 0)
    inner join enfants
        on
            places.territoire_id = enfants.territoire_id
            and places.millesime = enfants.millesime
            and enfants.tirage = if(variantes.enfants_tires, tirages.tirage, 0)
),

accessibilite as (
    select
        'accessibilité' as critere,
        captage_m || ' m' as variante,
        tirage,
        territoire_id,
        millesime,
        edition,
        accessibilite as valeur
    from {{ ref('est_accessibilite') }}
    where
        scenario_id = 'référence'
        and niveau = 'district'
),

offre as (
    select * from couverture
    union all
    select * from accessibilite
),

besoin as (
    select
        max(millesime) as millesime,
        string_agg(distinct edition, ' ; ' order by edition) as edition
    from {{ ref('int_composantes_besoin') }}
)

select
    critere,
    variante,
    tirage,
    territoire_id,
    millesime,
    edition,
    valeur
from offre
qualify
    dense_rank() over (partition by critere order by millesime desc, edition desc) = 1
union all
select
    'besoin' as critere,
    indices.variante,
    indices.tirage,
    indices.territoire_id,
    besoin.millesime,
    besoin.edition,
    indices.indice as valeur
from {{ ref('int_indice_besoin') }} as indices
cross join besoin
