with

lignes as (
    select
        capacites.capacite_id,
        capacites.places,
        capacites.document,
        capacites.mention,
        unnest(string_split(capacites.lignes, '+')) as ligne_id
    from {{ ref('stg_convention__capacites') }} as capacites
)

select
    lignes.capacite_id,
    services.service_id,
    lignes.places as places_groupe,
    lignes.document,
    lignes.mention,
    count(*) over (partition by lignes.capacite_id) as services_groupe
from lignes
inner join {{ ref('int_lignes_services') }} as services
    on lignes.ligne_id = services.ligne_id
