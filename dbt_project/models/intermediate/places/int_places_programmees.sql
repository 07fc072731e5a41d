-- The district is that of the service which the action extends, or the quarter that the plan names.
with

actions as (
    select
        developpement.*,
        communes.territoire_id as commune_id,
        {{ normaliser("coalesce(developpement.quartier, '')") }} as quartier_normalise
    from {{ ref('stg_convention__developpement') }} as developpement
    inner join {{ ref('int_territoires') }} as communes
        on
            developpement.commune = communes.libelle
            and communes.niveau = 'commune'
),

quartiers as (
    select
        territoire_id as district_id,
        commune_id,
        {{ normaliser('libelle_insee') }} as libelle_normalise
    from {{ ref('int_territoires') }}
    where niveau = 'district'
),

services as (
    select
        lignes.ligne_id,
        services.district_id
    from {{ ref('int_lignes_services') }} as lignes
    inner join {{ ref('int_services') }} as services
        on lignes.service_id = services.service_id
)

select
    actions.action_id,
    actions.action as libelle,
    actions.thematique,
    actions.commune_id,
    coalesce(services.district_id, quartiers.district_id) as district_id,
    actions.quartier as quartier_imprime,
    actions.lignes,
    actions.nature,
    actions.type_accueil,
    actions.places_avant,
    actions.places_apres,
    case
        when actions.statut_places = 'défini'
            then coalesce(actions.places_apres - actions.places_avant, actions.places_ville)
    end as places_brutes,
    if(actions.statut_places = 'défini', actions.places_ville, null) as places_ville,
    actions.annee,
    actions.annee_fin,
    -- Works that end say when a place opens; where they are not dated, the action does.
    coalesce(actions.annee_fin, actions.annee) as annee_ouverture,
    actions.statut_places,
    actions.mention,
    actions.source_id
from actions
left join services on actions.lignes = services.ligne_id
left join quartiers
    on
        actions.commune_id = quartiers.commune_id
        and ends_with(actions.quartier_normalise, quartiers.libelle_normalise)
