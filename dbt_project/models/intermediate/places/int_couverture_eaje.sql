-- PE03 in each scenario: the formula on each draw, places and children of the same number together.
with

taux as (
    select
        places.scenario_id,
        places.tirage,
        places.territoire_id,
        places.niveau,
        places.millesime,
        places.edition as edition_places,
        population.edition as edition_population,
        places.places,
        places.places_connues,
        population.personnes,
        100 * places.places / nullif(population.personnes, 0) as taux_pct
    from {{ ref('est_places') }} as places
    left join {{ ref('est_population') }} as population
        on
            places.tirage = population.tirage
            and places.territoire_id = population.territoire_id
            and places.millesime = population.millesime
            and population.tranche_age = '0-2 ans'
)

select
    scenario_id,
    'ensemble' as declinaison,
    territoire_id,
    niveau,
    millesime,
    edition_places,
    edition_population,
    {{ valeur_tiree('taux_pct') }} as valeur,
    {{ avec_etendue(borne_basse_tiree('taux_pct')) }} as borne_basse,
    {{ avec_etendue(borne_haute_tiree('taux_pct')) }} as borne_haute,
    {{ valeur_tiree('places') }} as places,
    {{ valeur_tiree('places_connues') }} as places_connues,
    {{ valeur_tiree('personnes') }} as enfants
from taux
group by
    scenario_id,
    territoire_id,
    niveau,
    millesime,
    edition_places,
    edition_population
