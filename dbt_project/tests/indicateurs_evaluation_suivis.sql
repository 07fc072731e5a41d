with

reponses as (
    select
        indicateur_evaluation_id,
        unnest(string_split(suivi_par, '+')) as suivi_par
    from {{ ref('stg_convention__indicateurs_evaluation') }}
),

connus as (
    select indicateur_id as nom
    from {{ ref('stg_observatoire__indicateurs') }}
    union
    select schema_nom || '.' || table_nom as nom
    from {{ ref('stg_observatoire__dictionnaire') }}
)

select
    reponses.indicateur_evaluation_id,
    reponses.suivi_par
from reponses
anti join connus on reponses.suivi_par = connus.nom
