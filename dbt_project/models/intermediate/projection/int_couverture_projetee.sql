-- Places and children are drawn at the start only. A ratio is moved by the coefficient of its
-- cohorts in every draw alike, so the quantiles are those of the start, for each number of places
-- added.
with

ouvertures as (
    select * from {{ ref('int_places_projetees') }}
),

enfants as (
    select *
    from {{ ref('int_enfants_projetes') }}
    where tranche_age = '0-2 ans'
),

ajouts as (
    select distinct
        territoire_id,
        places_ajoutees
    from ouvertures
),

tirages as (
    select
        departs.scenario_id,
        departs.edition_places || ' ; ' || departs.edition_population as edition,
        departs.territoire_id,
        departs.tirage,
        ajouts.places_ajoutees,
        departs.places + ajouts.places_ajoutees as places,
        100 * (departs.places + ajouts.places_ajoutees) / nullif(departs.enfants_0_2, 0)
            as couverture_pct
    from {{ ref('int_departs_projetes') }} as departs
    inner join ajouts on departs.territoire_id = ajouts.territoire_id
),

intervalles as (
    select
        scenario_id,
        edition,
        territoire_id,
        places_ajoutees,
        {{ valeur_tiree('places') }} as places,
        {{ avec_etendue(borne_basse_tiree('places')) }} as borne_basse_places,
        {{ avec_etendue(borne_haute_tiree('places')) }} as borne_haute_places,
        {{ valeur_tiree('couverture_pct') }} as couverture_pct,
        {{ avec_etendue(borne_basse_tiree('couverture_pct')) }} as borne_basse_couverture,
        {{ avec_etendue(borne_haute_tiree('couverture_pct')) }} as borne_haute_couverture
    from tirages
    group by
        scenario_id,
        edition,
        territoire_id,
        places_ajoutees
)

select
    intervalles.scenario_id,
    enfants.territoire_id,
    enfants.niveau,
    enfants.annee,
    enfants.hypothese_naissances,
    ouvertures.hypothese_ouvertures,
    enfants.enfants as enfants_0_2,
    enfants.borne_basse_enfants,
    enfants.borne_haute_enfants,
    intervalles.places,
    intervalles.borne_basse_places,
    intervalles.borne_haute_places,
    ouvertures.places_ajoutees,
    intervalles.couverture_pct / nullif(enfants.coefficient, 0) as couverture_pct,
    intervalles.borne_basse_couverture / nullif(enfants.coefficient, 0) as borne_basse_couverture,
    intervalles.borne_haute_couverture / nullif(enfants.coefficient, 0) as borne_haute_couverture,
    ouvertures.actions,
    ouvertures.actions_non_definies,
    ouvertures.actions_sans_district,
    enfants.naissances_connues,
    enfants.enfants_pour_100_naissances,
    enfants.millesime_recensement,
    intervalles.edition,
    enfants.sources
from intervalles
inner join ouvertures
    on
        intervalles.territoire_id = ouvertures.territoire_id
        and intervalles.places_ajoutees = ouvertures.places_ajoutees
inner join enfants
    on
        ouvertures.territoire_id = enfants.territoire_id
        and ouvertures.annee = enfants.annee
