{#- Services of one type for a thousand children of an age band, per commune and district.
    The services are a count, not a capacity. A district misses those that nothing places: on each
    draw they fall in one of the districts of their commune. -#}
{% macro services_pour_1000(indicateur_id, type_service, tranche_age) %}
with

decompte as (
    select *
    from {{ ref('int_services_decompte') }}
    where type_service = '{{ type_service }}'
),

population as (
    select *
    from {{ ref('int_recensement_du_registre') }}
    where tranche_age = '{{ tranche_age }}'
),

tirages as (
    select
        services.tirage,
        services.territoire_id,
        enfants.millesime,
        enfants.edition,
        1000 * services.services / nullif(enfants.personnes, 0) as taux
    from {{ ref('est_services') }} as services
    inner join {{ ref('est_population') }} as enfants
        on
            services.tirage = enfants.tirage
            and services.territoire_id = enfants.territoire_id
    where
        services.type_service = '{{ type_service }}'
        and enfants.tranche_age = '{{ tranche_age }}'
),

intervalles as (
    select
        territoire_id,
        millesime,
        edition,
        {{ valeur_tiree('taux') }} as valeur,
        {{ borne_basse_tiree('taux') }} as borne_basse,
        {{ borne_haute_tiree('taux') }} as borne_haute
    from tirages
    group by
        territoire_id,
        millesime,
        edition
),

registre as (
    {{ edition_du_registre() }}
)

select
    '{{ indicateur_id }}' as indicateur_id,
    'ensemble' as declinaison,
    decompte.territoire_id,
    decompte.niveau,
    registre.millesime,
    registre.edition || ' ; ' || population.edition as edition,
    intervalles.valeur,
    cast(decompte.services as double) as numerateur,
    population.personnes as denominateur,
    intervalles.borne_basse,
    intervalles.borne_haute,
    100 * (1 - decompte.services_non_places / greatest(decompte.services_commune, 1))
        as completude_pct,
    case
        when intervalles.valeur is null then 'non calculable'
        when decompte.services_non_places + decompte.services_a_confirmer > 0 then 'estimé'
        else 'calculé'
    end as statut,
    if(population.personnes = 0, {{ aucun_enfant('de la tranche d’âge') }} || ' ', '')
    || 'Nombre de services, pas de places.'
    || if(
        decompte.services_non_places > 0,
        ' ' || decompte.services_non_places || ' service(s) de la commune sans district connu.',
        ''
    )
    || if(
        decompte.services_a_confirmer > 0,
        ' ' || decompte.services_a_confirmer || ' placement(s) à confirmer.',
        ''
    ) as motif,
    {{ sources_des_services() }} || ' ; ' || population.source_id as sources
from decompte
inner join population on decompte.territoire_id = population.territoire_id
inner join intervalles
    on
        population.territoire_id = intervalles.territoire_id
        and population.millesime = intervalles.millesime
        and population.edition = intervalles.edition
cross join registre
{% endmacro %}
