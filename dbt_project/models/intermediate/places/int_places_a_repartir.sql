-- What is left of a published total once the known places are taken out of it, and who it is for.
with

connues as (
    select
        commune_insee,
        {{ somme('places') }} as places,
        max(millesime_capacite) as millesime
    from {{ ref('int_eaje') }}
    where places is not null
    group by commune_insee
),

etablissements as (
    select
        commune_insee,
        millesime,
        edition,
        source_id,
        {{ somme('etablissements') }} as etablissements,
        {{ somme('etablissements_restants') }} as etablissements_restants
    from {{ ref('int_etablissements_iris') }}
    group by
        commune_insee,
        millesime,
        edition,
        source_id
),

reunis as (
    select
        publiees.commune_insee,
        publiees.millesime,
        concat_ws(' ; ', publiees.edition, etablissements.edition) as edition,
        publiees.places as places_publiees,
        -- A group shared equally leaves thirds that do not add up to the whole.
        round(coalesce(connues.places, 0), 6) as places_connues,
        connues.millesime as millesime_capacites,
        etablissements.etablissements,
        etablissements.etablissements_restants,
        concat_ws(' ; ', publiees.source_id, etablissements.source_id) as sources
    from {{ ref('int_places_publiees') }} as publiees
    inner join etablissements
        on
            publiees.commune_insee = etablissements.commune_insee
            and publiees.millesime = etablissements.millesime
    left join connues on publiees.commune_insee = connues.commune_insee
)

select
    commune_insee,
    millesime,
    edition,
    places_publiees,
    places_connues,
    millesime_capacites,
    etablissements,
    etablissements_restants,
    case
        when places_connues > places_publiees
            then
                'Les capacités connues (' || {{ nombre('places_connues') }}
                || ' places) dépassent le total que publie la Cnaf pour ' || millesime || ' ('
                || places_publiees || ').'
        when places_connues < places_publiees and etablissements_restants = 0
            then
                'La BPE ' || millesime || ' ne compte aucun établissement à qui attribuer les '
                || {{ nombre('places_publiees - places_connues') }} || ' places restantes.'
    end as empechement,
    sources
from reunis
