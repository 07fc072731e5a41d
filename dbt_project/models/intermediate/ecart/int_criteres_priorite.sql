-- Supply and need of the districts, each in the variants that the sensitivity table compares: the
-- coverage, and the accessibility at each catchment, with their children or their places at their
-- estimate, the need index with its own. Both measures of supply are of one year, of those that
-- have the most of them: that of the need, whose children are theirs, or else the last.
with

places as (
    select
        territoire_id,
        millesime,
        edition,
        list(places order by tirage) as places
    from {{ ref('est_places') }}
    where
        scenario_id = 'référence'
        and niveau = 'district'
    group by
        territoire_id,
        millesime,
        edition
),

rapportees as (
    select
        places.territoire_id,
        places.millesime,
        places.edition || ' ; ' || enfants.edition as edition,
        enfants.edition as edition_population,
        places.places,
        enfants.personnes as enfants
    from places
    inner join {{ ref('est_population_listes') }} as enfants
        on
            places.territoire_id = enfants.territoire_id
            and places.millesime = enfants.millesime
    where enfants.tranche_age = '0-2 ans'
),

offre as (
    select
        'couverture' as critere,
        'référence' as variante,
        territoire_id,
        millesime,
        edition,
        edition_population,
        [100 * p[1] / nullif(p[2], 0) for p in list_zip(places, enfants)] as valeurs
    from rapportees
    union all
    select
        'couverture' as critere,
        'recensement sans erreur' as variante,
        territoire_id,
        millesime,
        edition,
        edition_population,
        [100 * p / nullif(enfants[1], 0) for p in places] as valeurs
    from rapportees
    union all
    select
        'couverture' as critere,
        'capacités sans erreur' as variante,
        territoire_id,
        millesime,
        edition,
        edition_population,
        [100 * places[1] / nullif(e, 0) for e in enfants] as valeurs
    from rapportees
    union all
    select
        'accessibilité' as critere,
        captage_m || ' m' || if(variante = 'référence', '', ', ' || variante) as variante,
        territoire_id,
        millesime,
        edition,
        edition_population,
        accessibilite as valeurs
    from {{ ref('est_accessibilite') }}
    where
        scenario_id = 'référence'
        and niveau = 'district'
),

besoin as (
    select
        max(millesime) as millesime,
        string_agg(distinct edition, ' ; ' order by edition) as edition
    from {{ ref('int_composantes_besoin') }}
),

millesimes as (
    select offre.millesime
    from offre
    cross join besoin
    group by
        offre.millesime,
        besoin.millesime
    qualify
        row_number() over (
            order by
                count(distinct offre.critere) desc,
                offre.millesime is distinct from besoin.millesime asc,
                offre.millesime desc
        ) = 1
)

select
    offre.critere,
    offre.variante,
    offre.territoire_id,
    offre.millesime,
    offre.edition,
    offre.valeurs
from offre
inner join millesimes on offre.millesime = millesimes.millesime
qualify
    dense_rank() over (
        partition by offre.critere order by offre.edition desc, offre.edition_population desc
    ) = 1
union all
select
    'besoin' as critere,
    indices.variante,
    indices.territoire_id,
    besoin.millesime,
    besoin.edition,
    indices.indices as valeurs
from {{ ref('est_indice_besoin') }} as indices
cross join besoin
