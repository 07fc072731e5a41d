-- PE05 in each scenario, for each catchment, beside the plain ratio of the same places to the same
-- children. They disagree where the difference is wide, and wider than the uncertainty.
with

accessibles as (
    select
        scenario_id,
        captage_m,
        territoire_id,
        niveau,
        millesime,
        edition,
        edition_population,
        {{ valeur_de_liste('accessibilite') }} as accessibilite,
        {{ avec_etendue(borne_basse_de_liste('accessibilite')) }} as borne_basse,
        {{ avec_etendue(borne_haute_de_liste('accessibilite')) }} as borne_haute
    from {{ ref('est_accessibilite') }}
    where variante = 'référence'
),

rapprochees as (
    select
        accessibles.*,
        couverture.enfants as enfants_0_2_ans,
        couverture.valeur as taux_simple
    from accessibles
    inner join {{ ref('int_couverture_eaje') }} as couverture
        on
            accessibles.scenario_id = couverture.scenario_id
            and accessibles.territoire_id = couverture.territoire_id
            and accessibles.millesime = couverture.millesime
            and accessibles.edition = couverture.edition_places
            and accessibles.edition_population = couverture.edition_population
)

select
    scenario_id,
    captage_m,
    territoire_id,
    niveau,
    millesime,
    edition,
    edition_population,
    accessibilite,
    borne_basse,
    borne_haute,
    enfants_0_2_ans,
    taux_simple,
    coalesce(taux_simple not between borne_basse and borne_haute, true)
    and 100 * abs(accessibilite - taux_simple) > {{ var('seuil_desaccord_pct') }} * taux_simple
        as desaccord
from rapprochees
