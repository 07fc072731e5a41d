-- A floor: the places that a document gives, over all the children. It is given only where the
-- capacity of enough services is known. Its interval goes from the low draws of that floor to the
-- high draws of the places that there may be, once the unknown capacities are drawn.
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
        population.millesime,
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

tirages as (
    select
        enfants.tirage,
        reunies.territoire_id,
        reunies.edition,
        100 * reunies.places_connues / nullif(enfants.personnes, 0) as au_moins,
        100 * places.places / nullif(enfants.personnes, 0) as au_plus
    from reunies
    inner join {{ ref('est_population') }} as enfants
        on
            reunies.territoire_id = enfants.territoire_id
            and reunies.millesime = enfants.millesime
            and reunies.edition = enfants.edition
    left join {{ ref('est_capacites') }} as places
        on
            enfants.territoire_id = places.territoire_id
            and enfants.tirage = places.tirage
    where
        reunies.calculable
        and enfants.tranche_age = '0-2 ans'
),

intervalles as (
    select
        territoire_id,
        edition,
        {{ valeur_tiree('au_moins') }} as valeur,
        {{ borne_basse_tiree('au_moins') }} as borne_basse,
        {{ borne_haute_tiree('au_plus') }} as borne_haute
    from tirages
    group by
        territoire_id,
        edition
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
    intervalles.valeur,
    cast(reunies.places_connues as double) as numerateur,
    reunies.personnes as denominateur,
    intervalles.borne_basse,
    intervalles.borne_haute,
    coalesce(reunies.completude_pct, 0) as completude_pct,
    if(reunies.calculable, 'calculé', 'non calculable') as statut,
    case
        when reunies.personnes = 0 then {{ aucun_enfant('de 0 à 2 ans') }}
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
                || ' EAJE du registre sur ' || reunies.services_possibles
                || if(
                    intervalles.borne_haute is null,
                    ' ; aucune n’est connue d’un accueil collectif : pas de borne haute.',
                    ' ; la borne haute en tire une parmi les connues.'
                )
                || {{ eaje_sans_district('reunies') }}
        else
            'Plancher : capacité connue pour tous les EAJE du registre, qui peut en omettre (DQ03).'
    end as motif,
    {{ sources_des_places() }} || ' ; ' || reunies.source_id as sources
from reunies
left join intervalles
    on
        reunies.territoire_id = intervalles.territoire_id
        and reunies.edition = intervalles.edition
cross join convention
