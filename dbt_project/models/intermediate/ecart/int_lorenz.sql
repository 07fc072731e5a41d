-- The districts from the worst served to the best, and what they hold of the children and of the
-- supply: on each draw, for the places and for each type of service. A district without children
-- comes last: it weighs nothing.
with

registre as (
    {{ edition_du_registre() }}
),

-- The census that the registry is set against, in its last edition.
recensement as (
    select
        millesime,
        max(edition) as edition
    from {{ ref('int_recensement_du_registre') }}
    group by millesime
),

offres as (
    select
        'places EAJE' as type_offre,
        '0-2 ans' as tranche_age,
        places.tirage,
        places.territoire_id,
        places.millesime,
        places.edition,
        population.edition as edition_recensement,
        places.places as offre,
        population.personnes as enfants
    from {{ ref('est_places') }} as places
    inner join {{ ref('est_population') }} as population
        on
            places.tirage = population.tirage
            and places.territoire_id = population.territoire_id
            and places.millesime = population.millesime
    where
        places.scenario_id = 'référence'
        and places.niveau = 'district'
        and population.tranche_age = '0-2 ans'
        and population.niveau = 'district'
    qualify
        dense_rank() over (
            order by places.millesime desc, places.edition desc, population.edition desc
        ) = 1
    union all
    select
        services.type_service as type_offre,
        types.tranche_age,
        services.tirage,
        services.territoire_id,
        registre.millesime,
        registre.edition,
        population.edition as edition_recensement,
        services.services as offre,
        population.personnes as enfants
    from {{ ref('est_services') }} as services
    inner join {{ ref('int_types_service') }} as types
        on services.type_service = types.type_service
    inner join {{ ref('est_population') }} as population
        on
            services.tirage = population.tirage
            and services.territoire_id = population.territoire_id
            and types.tranche_age = population.tranche_age
    inner join recensement
        on
            population.millesime = recensement.millesime
            and population.edition = recensement.edition
    cross join registre
    where
        services.niveau = 'district'
        and population.niveau = 'district'
),

totaux as (
    select
        type_offre,
        tirage,
        {{ somme('offre') }} as offre,
        {{ somme('enfants') }} as enfants
    from offres
    group by
        type_offre,
        tirage
),

parts as (
    select
        offres.*,
        totaux.enfants as total_enfants,
        nullif(totaux.offre, 0) as total_offre,
        row_number() over (
            partition by offres.type_offre, offres.tirage
            order by offres.offre / nullif(offres.enfants, 0) nulls last, offres.territoire_id
        ) as ordre
    from offres
    inner join totaux
        on
            offres.type_offre = totaux.type_offre
            and offres.tirage = totaux.tirage
    where totaux.enfants > 0
)

select
    type_offre,
    tranche_age,
    tirage,
    ordre,
    territoire_id,
    millesime,
    edition,
    edition_recensement,
    offre,
    enfants,
    enfants / total_enfants as part_enfants,
    offre / total_offre as part_offre,
    {{ somme_sur('enfants', 'courbe') }} / total_enfants as part_enfants_cumulee,
    {{ somme_sur('offre', 'courbe') }} / total_offre as part_offre_cumulee
from parts
window courbe as (partition by type_offre, tirage order by ordre)
