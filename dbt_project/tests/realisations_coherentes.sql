-- What no line can say alone: its date against the convention's, and the other events of its
-- object. As long after the end as the projections go, a date is a slip of the pen, and would make
-- everything due.
with

lignes as (
    select
        evenements.*,
        situation.debut,
        situation.fin,
        count(*) over (
            partition by evenements.objet, evenements.evenement
        ) as fois,
        min(evenements.date_evenement) filter (where evenements.evenement = 'ouverture') over (
            partition by evenements.objet
        ) as date_ouverture,
        coalesce(actions.places_brutes, 0) as places_prevues
    from {{ ref('stg_convention__realisations') }} as evenements
    cross join {{ ref('int_situation') }} as situation
    left join {{ ref('offre__places_programmees') }} as actions
        on evenements.objet = actions.action_id
)

select
    ligne,
    objet,
    date_evenement,
    case
        when date_evenement < debut then 'date antérieure à la convention'
        when date_evenement > fin + to_years({{ var('annees_apres_convention') }})
            then
                'date de plus de {{ var("annees_apres_convention") }} ans après la fin de la '
                || 'convention'
        when evenement in ('ouverture', 'jalon atteint', 'diagnostic intégré') and fois > 1
            then '« ' || evenement || ' » inscrit deux fois'
        when evenement = 'démarrage' and date_evenement > date_ouverture
            then 'démarrage après l’ouverture'
        when evenement = 'ouverture' and places = 0 and places_prevues > 0
            then 'ouverture sans place d’une action qui en prévoit ' || places_prevues
    end as anomalie
from lignes
where anomalie is not null
order by ligne
