-- Places that a target asks for, less those that would be open, on each draw. The rate of the
-- territory is the one that the projection starts from, held: the question is what each district
-- needs to have what the territory had. What is above a target stays negative: districts add up to
-- their commune, less the places of the actions that nothing places in one of them.
with

departs as (
    select *
    from {{ ref('int_departs_projetes') }}
    where scenario_id = 'référence'
),

coefficients as (
    select distinct
        territoire_id,
        coefficient
    from {{ ref('int_enfants_projetes') }}
    where tranche_age = '0-2 ans'
),

tirages as (
    select
        departs.territoire_id,
        departs.millesime,
        departs.edition_places || ' ; ' || departs.edition_population as edition,
        coefficients.coefficient,
        taux.cible_id as cible,
        departs.tirage,
        taux.taux_pct,
        taux.taux_pct / 100 * coefficients.coefficient * departs.enfants_0_2 - departs.places
            as manque
    from departs
    inner join coefficients on departs.territoire_id = coefficients.territoire_id
    inner join {{ ref('int_taux_cibles') }} as taux
        on
            departs.scenario_id = taux.scenario_id
            and departs.tirage = taux.tirage
            and departs.millesime = taux.millesime
            and departs.edition_places = taux.edition_places
            and departs.edition_population = taux.edition_population
),

manques as (
    select
        territoire_id,
        millesime,
        edition,
        coefficient,
        cible,
        {{ valeur_tiree('taux_pct') }} as taux_cible_pct,
        {{ valeur_tiree('manque') }} as manque,
        {{ avec_etendue(borne_basse_tiree('manque')) }} as borne_basse,
        {{ avec_etendue(borne_haute_tiree('manque')) }} as borne_haute
    from tirages
    group by
        territoire_id,
        millesime,
        edition,
        coefficient,
        cible
)

select
    enfants.territoire_id,
    enfants.niveau,
    enfants.annee,
    enfants.hypothese_naissances,
    ouvertures.hypothese_ouvertures,
    manques.cible,
    manques.taux_cible_pct,
    manques.manque - ouvertures.places_ajoutees as places_manquantes,
    manques.borne_basse - ouvertures.places_ajoutees as borne_basse,
    manques.borne_haute - ouvertures.places_ajoutees as borne_haute,
    ouvertures.actions_non_definies,
    ouvertures.actions_sans_district,
    manques.millesime as millesime_recensement,
    manques.edition,
    enfants.sources
from {{ ref('int_enfants_projetes') }} as enfants
inner join {{ ref('int_places_projetees') }} as ouvertures
    on
        enfants.territoire_id = ouvertures.territoire_id
        and enfants.annee = ouvertures.annee
inner join manques
    on
        enfants.territoire_id = manques.territoire_id
        and enfants.coefficient = manques.coefficient
where enfants.tranche_age = '0-2 ans'
