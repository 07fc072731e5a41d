with

integres as (
    select
        objet as diagnostic_id,
        min(date_evenement) as date_integration,
        arg_min(document, date_evenement) as document
    from {{ ref('stg_convention__realisations') }}
    where evenement = 'diagnostic intégré'
    group by objet
)

select
    diagnostics.diagnostic_id,
    diagnostics.libelle,
    diagnostics.detenteur,
    diagnostics.date_document,
    diagnostics.communes,
    case
        when integres.date_integration is not null then 'intégré'
        when situation.situation_au is null then 'non renseigné'
        else 'à intégrer'
    end as etat,
    integres.date_integration,
    integres.document as document_integration,
    diagnostics.document,
    diagnostics.mention,
    diagnostics.source_id
from {{ ref('stg_convention__diagnostics') }} as diagnostics
cross join {{ ref('int_situation') }} as situation
left join integres on diagnostics.diagnostic_id = integres.diagnostic_id
