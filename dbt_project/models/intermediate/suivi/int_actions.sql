-- An action is due when the last year that the document prints for it is over: a year has no finer
-- date. A postponement is told beside that year and does not replace it.
with

evenements as (
    select
        *,
        row_number() over (order by date_evenement, ligne) as rang
    from {{ ref('stg_convention__realisations') }}
),

par_action as (
    select
        objet as action_id,
        count(*) as evenements,
        arg_max(evenement, rang) filter (
            where evenement in ('démarrage', 'ouverture', 'abandon')
        ) as dernier_etat,
        max(date_evenement) filter (where evenement = 'ouverture') as date_ouverture,
        max(places) filter (where evenement = 'ouverture') as places_ouvertes,
        arg_max(annee_prevue_nouvelle, rang) filter (where evenement = 'report')
            as annee_prevue_revisee,
        arg_max(document, rang) as document_dernier_evenement
    from evenements
    group by objet
),

actions as (
    select
        *,
        coalesce(annee_fin, annee) as annee_prevue,
        make_date(coalesce(annee_fin, annee), 12, 31) as echeance
    from {{ ref('int_places_programmees') }}
)

select
    actions.action_id,
    actions.libelle,
    actions.thematique,
    actions.commune_id,
    actions.district_id,
    actions.nature,
    actions.annee_prevue,
    par_action.annee_prevue_revisee,
    coalesce(actions.echeance <= situation.situation_au, false) as est_due,
    case
        when par_action.dernier_etat = 'ouverture' then 'ouverte'
        when par_action.dernier_etat = 'abandon' then 'abandonnée'
        when par_action.dernier_etat = 'démarrage' then 'démarrée'
        when par_action.evenements > 0 then 'prévue'
        when actions.echeance > situation.situation_au then 'prévue'
        else 'non renseignée'
    end as etat,
    par_action.date_ouverture,
    actions.places_brutes as places_prevues_brutes,
    actions.places_ville as places_prevues_ville,
    par_action.places_ouvertes,
    if(
        par_action.date_ouverture is null or actions.echeance is null,
        null,
        greatest(0, datediff('month', actions.echeance, par_action.date_ouverture))
    ) as retard_mois,
    coalesce(par_action.evenements, 0) as evenements,
    par_action.document_dernier_evenement,
    actions.source_id
from actions
cross join {{ ref('int_situation') }} as situation
left join par_action on actions.action_id = par_action.action_id
