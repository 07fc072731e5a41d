-- Supply and need of the districts, each in the variants that the sensitivity table compares: the
-- coverage, and the accessibility at each catchment, with their children or their places at their
-- estimate, the need index with its own. Both measures of supply are of one year, the last that has
-- the most of them.
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
        captage_m || ' m' || if(variante = 'référence', '', ', ' || variante) as variante,
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

millesimes as (
    select millesime
    from offre
    group by millesime
    qualify row_number() over (order by count(distinct critere) desc, millesime desc) = 1
),

besoin as (
    select
        max(millesime) as millesime,
        string_agg(distinct edition, ' ; ' order by edition) as edition
    from {{ ref('int_composantes_besoin') }}
)

select
    offre.critere,
    offre.variante,
    offre.tirage,
    offre.territoire_id,
    offre.millesime,
    offre.edition,
    offre.valeur
from offre
inner join millesimes on offre.millesime = millesimes.millesime
qualify dense_rank() over (partition by offre.critere order by offre.edition desc) = 1
union all
select
    'besoin' as critere,
    indices.variante,
    unnest(range(len(indices.indices))) as tirage,
    indices.territoire_id,
    besoin.millesime,
    besoin.edition,
    unnest(indices.indices) as valeur
from {{ ref('est_indice_besoin') }} as indices
cross join besoin
