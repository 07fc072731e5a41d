-- What the Cnaf has published since the year that the projection starts from stands beside it.
with

publiees as (
    select
        territoire_id,
        annee,
        arg_max(places, edition) as places
    from {{ ref('int_places_cnaf') }}
    where mode = 'EAJE, ensemble'
    group by
        territoire_id,
        annee
)

select
    projections.territoire_id,
    projections.niveau,
    projections.annee,
    projections.hypothese_naissances,
    projections.hypothese_ouvertures,
    projections.enfants_0_2,
    projections.borne_basse_enfants,
    projections.borne_haute_enfants,
    projections.places,
    projections.borne_basse_places,
    projections.borne_haute_places,
    projections.couverture_pct,
    projections.borne_basse_couverture,
    projections.borne_haute_couverture,
    projections.places_ajoutees,
    projections.actions,
    projections.actions_non_definies,
    projections.actions_sans_district,
    publiees.places as places_publiees,
    projections.edition,
    projections.sources
from {{ ref('int_couverture_projetee') }} as projections
left join publiees
    on
        projections.territoire_id = publiees.territoire_id
        and projections.annee = publiees.annee
where projections.scenario_id = 'référence'
