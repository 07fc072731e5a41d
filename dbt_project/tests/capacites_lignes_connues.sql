with

visees as (
    select
        capacite_id as objet,
        unnest(string_split(lignes, '+')) as ligne_id
    from {{ ref('stg_convention__capacites') }}
    union all
    select
        action_id as objet,
        unnest(string_split(lignes, '+')) as ligne_id
    from {{ ref('stg_convention__developpement') }}
)

select
    visees.objet,
    visees.ligne_id
from visees
anti join {{ ref('stg_convention__registre') }} as registre
    on visees.ligne_id = registre.ligne_id
