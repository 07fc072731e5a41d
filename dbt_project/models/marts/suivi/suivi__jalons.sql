with

atteints as (
    select
        objet as jalon_id,
        min(date_evenement) as date_atteinte,
        arg_min(document, date_evenement) as document
    from {{ ref('stg_convention__realisations') }}
    where evenement = 'jalon atteint'
    group by objet
)

select
    jalons.jalon_id,
    jalons.commune as communes,
    jalons.echeance,
    jalons.libelle,
    case
        when atteints.date_atteinte is not null then 'atteint'
        when situation.situation_au is null then 'non renseigné'
        when jalons.echeance > situation.situation_au then 'à venir'
        else 'dû'
    end as etat,
    atteints.date_atteinte,
    atteints.document,
    jalons.source_id
from {{ ref('stg_convention__jalons') }} as jalons
cross join {{ ref('int_situation') }} as situation
left join atteints on jalons.jalon_id = atteints.jalon_id
