-- PE04 in each scenario: the places that a target asks for, less those that there are.
with

ecarts as (
    select
        places.scenario_id,
        'cible ' || taux.cible_id as declinaison,
        places.tirage,
        places.territoire_id,
        places.niveau,
        places.millesime,
        places.edition as edition_places,
        population.edition as edition_population,
        taux.taux_pct,
        places.places,
        population.personnes,
        taux.taux_pct * population.personnes / 100 - places.places as ecart_places
    from {{ ref('est_places') }} as places
    inner join {{ ref('est_population') }} as population
        on
            places.tirage = population.tirage
            and places.territoire_id = population.territoire_id
            and places.millesime = population.millesime
    inner join {{ ref('int_taux_cibles') }} as taux
        on
            places.scenario_id = taux.scenario_id
            and places.tirage = taux.tirage
            and places.millesime = taux.millesime
            and places.edition = taux.edition_places
            and population.edition = taux.edition_population
    where population.tranche_age = '0-2 ans'
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
