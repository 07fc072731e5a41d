-- A floor: the places that a document gives, over all the children. It is given only where the
-- capacity of enough services is known.
with

capacites as (
    select
        *,
        coalesce(completude_pct, 0) >= {{ var('seuil_completude_pct') }} as calculable
    from {{ ref('int_capacites_territoires') }}
),

population as (
    select *
    from {{ ref('int_population_territoires') }}
    where tranche_age = '0-2 ans'
),

convention as (
    select
        min(millesime) as millesime,
        min(edition) as edition
    from {{ ref('int_services') }}
)

select
    'PE02' as indicateur_id,
    'ensemble' as declinaison,
    'Couverture EAJE, capacité connue' as libelle,
    capacites.territoire_id,
    capacites.niveau,
    convention.millesime,
    convention.edition || ' ; ' || population.edition as edition,
    if(capacites.calculable, 100 * capacites.places_connues / population.personnes, null)
        as valeur,
    cast(capacites.places_connues as double) as numerateur,
    population.personnes as denominateur,
    'places connues pour 100 enfants de 0 à 2 ans' as unite,
    if(
        capacites.calculable,
        100 * capacites.places_connues / population.borne_haute_personnes,
        null
    ) as borne_basse,
    -- Unknown capacities have no upper bound: only a complete count has one.
    if(
        capacites.completude_pct = 100,
        100 * capacites.places_connues / nullif(population.borne_basse_personnes, 0),
        null
    ) as borne_haute,
    coalesce(capacites.completude_pct, 0) as completude_pct,
    if(capacites.calculable, 'calculé', 'non calculable') as statut,
    case
        when capacites.services = 0 then 'Aucun EAJE du registre n’est placé dans ce territoire.'
        when not capacites.calculable
            then
                'Capacité connue pour ' || capacites.services_connus || ' EAJE du registre sur '
                || capacites.services || ' (' || {{ nombre('capacites.completude_pct') }}
                || ' %), sous le seuil de {{ var("seuil_completude_pct") }} %.'
        when capacites.completude_pct < 100
            then
                'Plancher : capacité inconnue pour '
                || (capacites.services - capacites.services_connus) || ' EAJE du registre sur '
                || capacites.services || '.'
        else 'Capacité connue pour tous les EAJE du registre.'
    end as motif,
    {{ fichiers([
        'convention_capacites',
        'convention_registre',
        'convention_corrections',
        'convention_placements',
    ]) }} || ' ; ' || population.source_id as sources
from capacites
inner join population on capacites.territoire_id = population.territoire_id
cross join convention
