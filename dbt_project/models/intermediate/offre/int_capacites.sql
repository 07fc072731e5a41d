with

-- The same services given twice: the later document holds.
capacites as (
    select
        capacite_id,
        lignes,
        places,
        document,
        mention
    from {{ ref('stg_convention__capacites') }}
    qualify
        row_number() over (partition by lignes order by millesime desc, capacite_id desc) = 1
),

lignes as (
    select
        capacite_id,
        places,
        document,
        mention,
        unnest(string_split(lignes, '+')) as ligne_id
    from capacites
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
