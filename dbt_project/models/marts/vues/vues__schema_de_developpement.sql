with

territoires as (
    {{ territoires_nommes() }}
)

select
    actions.action_id,
    actions.libelle as action,
    actions.thematique,
    actions.nature,
    programme.type_accueil,
    communes.territoire as commune,
    districts.territoire as district,
    programme.places_avant,
    programme.places_apres,
    programme.places_brutes,
    programme.places_ville,
    programme.statut_places,
    programme.annee_ouverture as annee_prevue,
    actions.annee_prevue_revisee,
    actions.etat,
    actions.date_ouverture,
    actions.places_ouvertes,
    actions.retard_mois,
    programme.mention
from {{ ref('suivi__actions') }} as actions
inner join {{ ref('offre__places_programmees') }} as programme
    on actions.action_id = programme.action_id
inner join territoires as communes on actions.commune_id = communes.territoire_id
left join territoires as districts on actions.district_id = districts.territoire_id
