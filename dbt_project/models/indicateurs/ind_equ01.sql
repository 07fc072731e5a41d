-- Where each district has its share, the curve is the diagonal and the Gini index 0; where one of
-- them has all, it is 1 less that one's share of the children. A type of which the registry places
-- no service is not a type that no child has: the annexes leave some out, and some have no place.
with

services as (
    select
        type_service,
        count(*) as services,
        count(*) filter (where district_id is null) as services_sans_district
    from {{ ref('int_services') }}
    group by type_service
),

mesures as (
    select
        type_offre,
        tirage,
        any_value(tranche_age) as tranche_age,
        any_value(millesime) as millesime,
        any_value(edition) as edition,
        any_value(edition_recensement) as edition_recensement,
        count(*) as districts,
        {{ somme('offre') }} as offre,
        {{ somme('enfants') }} as enfants,
        {{ somme('if(offre > 0, 0, enfants)') }} as enfants_sans_service,
        1 - {{ somme('part_enfants * (2 * part_offre_cumulee - part_offre)') }} as gini,
        100 * {{ somme('if(offre > 0, 0, part_enfants)') }} as sans_service_pct
    from {{ ref('int_lorenz') }}
    group by
        type_offre,
        tirage
),

valeurs as (
    select
        'indice de Gini, ' || type_offre as declinaison,
        *,
        gini as mesure,
        cast(null as double) as numerateur,
        cast(null as double) as denominateur
    from mesures
    union all
    select
        'enfants sans service dans leur district, ' || type_offre as declinaison,
        *,
        sans_service_pct as mesure,
        enfants_sans_service as numerateur,
        enfants as denominateur
    from mesures
    where type_offre <> 'places EAJE'
),

intervalles as (
    select
        declinaison,
        any_value(type_offre) as type_offre,
        any_value(tranche_age) as tranche_age,
        any_value(millesime) as millesime,
        any_value(edition) as edition,
        any_value(edition_recensement) as edition_recensement,
        any_value(districts) as districts,
        {{ valeur_tiree('offre') }} > 0 as offerte,
        {{ valeur_tiree('enfants') }} as enfants,
        {{ valeur_tiree('numerateur') }} as numerateur,
        {{ valeur_tiree('denominateur') }} as denominateur,
        {{ valeur_tiree('mesure') }} as valeur,
        {{ borne_basse_tiree('mesure') }} as borne_basse,
        {{ borne_haute_tiree('mesure') }} as borne_haute
    from valeurs
    group by declinaison
)

select
    'EQU01' as indicateur_id,
    intervalles.declinaison,
    population.territoire_id,
    population.niveau,
    intervalles.millesime,
    intervalles.edition || ' ; ' || intervalles.edition_recensement as edition,
    if(intervalles.offerte, intervalles.valeur, null) as valeur,
    if(intervalles.offerte, intervalles.numerateur, null) as numerateur,
    if(intervalles.offerte, intervalles.denominateur, null) as denominateur,
    if(intervalles.offerte, intervalles.borne_basse, null) as borne_basse,
    if(intervalles.offerte, intervalles.borne_haute, null) as borne_haute,
    100 * least(1, intervalles.enfants / population.personnes) as completude_pct,
    if(intervalles.offerte, 'estimé', 'non calculable') as statut,
    case
        when intervalles.offerte
            then
                'Sur ' || intervalles.districts || ' districts, où vivent '
                || {{ nombre('100 * least(1, intervalles.enfants / population.personnes)') }}
                || ' % des enfants de la tranche d’âge (' || intervalles.tranche_age || ').'
                || {{ n_y_comptent_pas(
                    'coalesce(services.services_sans_district, 0)', 'service(s) sans district'
                ) }}
        when intervalles.type_offre = 'places EAJE' then 'Aucune place d’EAJE dans les districts.'
        when services.services > 0
            then
                'Le registre en liste ' || services.services
                || ', mais rien ne les place dans un district.'
        else 'Le registre ne liste aucun service de ce type.'
    end as motif,
    concat_ws(
        ' ; ',
        if(
            intervalles.type_offre = 'places EAJE',
            {{ fichiers_des_editions(
                ['caf_places', 'insee_bpe', 'insee_bpe_localisee'], 'intervalles.edition'
            ) }},
            null
        ),
        if(
            intervalles.type_offre = 'places EAJE',
            {{ sources_des_places() }},
            {{ sources_des_services() }}
        ),
        population.source_id
    ) as sources
from intervalles
left join services on intervalles.type_offre = services.type_service
inner join {{ ref('int_population_territoires') }} as population
    on
        intervalles.tranche_age = population.tranche_age
        and intervalles.edition_recensement = population.edition
where
    population.niveau = 'territoire'
    and population.personnes > 0
