with

objets as (
    select action_id as objet
    from {{ ref('stg_convention__developpement') }}
    union all
    select instance_id as objet
    from {{ ref('stg_convention__calendrier') }}
    union all
    select jalon_id as objet
    from {{ ref('stg_convention__jalons') }}
    union all
    select diagnostic_id as objet
    from {{ ref('stg_convention__diagnostics') }}
)

select
    evenements.ligne,
    evenements.objet,
    evenements.evenement
from {{ ref('stg_convention__realisations') }} as evenements
anti join objets on evenements.objet = objets.objet
where evenements.objet is not null
