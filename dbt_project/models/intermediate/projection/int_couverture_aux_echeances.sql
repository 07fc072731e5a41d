-- PE07 in each scenario: at the end of the convention and a convention later. All the years are in
-- ecart.projections.
with

convention as (
    select year(fin) as fin
    from {{ ref('stg_observatoire__territoires') }}
    where niveau = 'territoire'
)

select
    projections.scenario_id,
    projections.hypothese_ouvertures || ', ' || projections.hypothese_naissances as declinaison,
    projections.territoire_id,
    projections.niveau,
    projections.annee,
    projections.edition,
    projections.couverture_pct,
    projections.borne_basse_couverture,
    projections.borne_haute_couverture,
    projections.places,
    projections.enfants_0_2,
    projections.actions_non_definies,
    projections.actions_sans_district,
    projections.naissances_connues,
    projections.enfants_pour_100_naissances,
    projections.millesime_recensement,
    projections.sources
from {{ ref('int_couverture_projetee') }} as projections
inner join convention
    on projections.annee in (convention.fin, convention.fin + {{ var('annees_apres_convention') }})
