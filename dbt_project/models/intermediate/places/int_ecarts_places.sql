-- PE04 in each scenario: the places that a target asks for, less those that there are. The rate of
-- the territory is the published one, whatever a scenario does; a scenario may set the policy's.
with

enfants as (
    select
        tirage,
        territoire_id,
        millesime,
        edition,
        personnes
    from {{ ref('est_population') }}
    where tranche_age = '0-2 ans'
),

taux_du_territoire as (
    select
        places.tirage,
        places.millesime,
        places.edition as edition_places,
        enfants.edition as edition_population,
        100 * places.places / nullif(enfants.personnes, 0) as taux_pct
    from {{ ref('est_places') }} as places
    inner join enfants
        on
            places.tirage = enfants.tirage
            and places.territoire_id = enfants.territoire_id
            and places.millesime = enfants.millesime
    where
        places.scenario_id = 'référence'
        and places.niveau = 'territoire'
),

taux_ecrits as (
    select
        scenarios.scenario_id,
        cibles.cible_id,
        coalesce(if(cibles.cible_id = 'politique', scenarios.taux_pct, null), ecrites.taux_eaje_pct)
            as taux_pct
    from {{ ref('int_scenarios') }} as scenarios
    cross join (values ('nord'), ('france'), ('politique')) as cibles (cible_id)
    left join {{ ref('stg_convention__cibles') }} as ecrites on cibles.cible_id = ecrites.cible_id
),

besoins as (
    select
        places.scenario_id,
        places.tirage,
        places.territoire_id,
        places.niveau,
        places.millesime,
        places.edition as edition_places,
        enfants.edition as edition_population,
        places.places,
        places.places_connues,
        enfants.personnes
    from {{ ref('est_places') }} as places
    inner join enfants
        on
            places.tirage = enfants.tirage
            and places.territoire_id = enfants.territoire_id
            and places.millesime = enfants.millesime
),

vises as (
    select
        besoins.*,
        'cible territoire' as declinaison,
        taux_du_territoire.taux_pct
    from besoins
    inner join taux_du_territoire
        on
            besoins.tirage = taux_du_territoire.tirage
            and besoins.millesime = taux_du_territoire.millesime
            and besoins.edition_places = taux_du_territoire.edition_places
            and besoins.edition_population = taux_du_territoire.edition_population
    union all
    select
        besoins.*,
        {{ declinaison_cible('taux_ecrits.cible_id') }} as declinaison,
        taux_ecrits.taux_pct
    from besoins
    inner join taux_ecrits on besoins.scenario_id = taux_ecrits.scenario_id
    where taux_ecrits.taux_pct is not null
),

ecarts as (
    select
        *,
        taux_pct * personnes / 100 - places as ecart_places
    from vises
)

select
    scenario_id,
    declinaison,
    territoire_id,
    niveau,
    millesime,
    edition_places,
    edition_population,
    {{ valeur_tiree('ecart_places') }} as valeur,
    {{ avec_etendue(borne_basse_tiree('ecart_places')) }} as borne_basse,
    {{ avec_etendue(borne_haute_tiree('ecart_places')) }} as borne_haute,
    {{ valeur_tiree('taux_pct') }} as taux_vise_pct,
    {{ valeur_tiree('places') }} as places,
    {{ valeur_tiree('places_connues') }} as places_connues,
    {{ valeur_tiree('personnes') }} as enfants
from ecarts
group by
    scenario_id,
    declinaison,
    territoire_id,
    niveau,
    millesime,
    edition_places,
    edition_population
