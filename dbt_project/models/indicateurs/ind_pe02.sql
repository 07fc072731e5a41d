-- A floor: the places that a document gives, over all the children. It is given only where the
-- capacity of enough services is known.
with

reunies as (
    select
        capacites.territoire_id,
        capacites.niveau,
        capacites.services_possibles,
        capacites.services_non_places,
        capacites.services_connus,
        capacites.places_connues,
        capacites.completude_pct,
        population.personnes,
        population.borne_basse_personnes,
        population.borne_haute_personnes,
        population.edition,
        population.source_id,
        population.personnes > 0
        and coalesce(capacites.completude_pct, 0) >= {{ var('seuil_completude_pct') }}
            as calculable
    from {{ ref('int_capacites_territoires') }} as capacites
    inner join {{ ref('int_recensement_du_registre') }} as population
        on capacites.territoire_id = population.territoire_id
    where population.tranche_age = '0-2 ans'
),

convention as (
    {{ edition_du_registre() }}
)

select
    'PE02' as indicateur_id,
    'ensemble' as declinaison,
    reunies.territoire_id,
    reunies.niveau,
    convention.millesime,
    convention.edition || ' ; ' || reunies.edition as edition,
    if(reunies.calculable, 100 * reunies.places_connues / reunies.personnes, null)
        as valeur,
    cast(reunies.places_connues as double) as numerateur,
    reunies.personnes as denominateur,
    if(
        reunies.calculable,
        100 * reunies.places_connues / reunies.borne_haute_personnes,
        null
    ) as borne_basse,
    -- Unknown capacities have no upper bound: only a complete count has one.
    if(
        reunies.calculable and reunies.completude_pct = 100,
        100 * reunies.places_connues / nullif(reunies.borne_basse_personnes, 0),
        null
    ) as borne_haute,
    coalesce(reunies.completude_pct, 0) as completude_pct,
    if(reunies.calculable, 'calculé', 'non calculable') as statut,
    case
        when reunies.personnes = 0 then 'Aucun enfant de 0 à 2 ans au recensement.'
        when reunies.services_possibles = 0 then 'Le registre ne compte aucun EAJE ici.'
        when not reunies.calculable
            then
                'Capacité connue pour ' || reunies.services_connus || ' EAJE du registre sur '
                || reunies.services_possibles || ' (' || {{ nombre('reunies.completude_pct') }}
                || ' %), sous le seuil de {{ var("seuil_completude_pct") }} %.'
                || {{ eaje_sans_district('reunies') }}
        when reunies.completude_pct < 100
            then
                'Plancher : capacité inconnue pour '
                || (reunies.services_possibles - reunies.services_connus)
                || ' EAJE du registre sur ' || reunies.services_possibles || '.'
                || {{ eaje_sans_district('reunies') }}
        else 'Capacité connue pour tous les EAJE du registre.'
    end as motif,
    {{ sources_des_places() }} || ' ; ' || reunies.source_id as sources
from reunies
cross join convention
