-- A crèche familiale whose capacity nobody gives is none of the establishments that places go to.
with

visees as (
    select
        source_id,
        ligne,
        scenario_id,
        unnest(string_split(lignes, '+')) as ligne_id
    from {{ ref('stg_convention__scenarios') }}
    where levier = 'fermeture'
)

select
    visees.source_id,
    visees.ligne,
    visees.scenario_id,
    visees.ligne_id
from visees
left join {{ ref('int_lignes_services') }} as lignes on visees.ligne_id = lignes.ligne_id
left join {{ ref('int_eaje') }} as eaje on lignes.service_id = eaje.service_id
where
    eaje.service_id is null
    or (eaje.places is null and not eaje.collectif)
