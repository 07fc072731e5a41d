-- A service whose capacity is given twice has the later one; a total for a group then holds only if
-- it is the later one of each of its services.
with

lignes as (
    select
        capacite_id,
        places,
        millesime,
        document,
        mention,
        unnest(string_split(lignes, '+')) as ligne_id
    from {{ ref('stg_convention__capacites') }}
),

capacites as (
    select distinct
        lignes.capacite_id,
        lignes.places,
        lignes.millesime,
        lignes.document,
        lignes.mention,
        services.service_id
    from lignes
    inner join {{ ref('int_lignes_services') }} as services
        on lignes.ligne_id = services.ligne_id
),

dernieres as (
    select
        capacite_id,
        service_id,
        places as places_groupe,
        millesime,
        document,
        mention,
        count(*) over (partition by capacite_id) as services_groupe
    from capacites
    qualify
        row_number() over (partition by service_id order by millesime desc, capacite_id desc) = 1
)

select
    capacite_id,
    service_id,
    places_groupe,
    millesime,
    document,
    mention,
    services_groupe
from dernieres
qualify count(*) over (partition by capacite_id) = services_groupe
