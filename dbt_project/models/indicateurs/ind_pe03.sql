with

couverture as (
    select *
    from {{ ref('int_couverture_eaje') }}
    where
        scenario_id = 'référence'
        and niveau in ('commune', 'district')
),

population as (
    select distinct
        millesime,
        edition,
        source_id
    from {{ ref('int_population_territoires') }}
),

-- A territory lies in one Insee commune.
repartitions as (
    select
        territoires.territoire_id,
        territoires.niveau,
        repartis.millesime,
        repartis.edition,
        repartis.millesime_capacites,
        repartis.empechement,
        repartis.sources
    from {{ ref('int_places_a_repartir') }} as repartis
    inner join {{ ref('int_territoires') }} as territoires
        on repartis.commune_insee = territoires.commune_insee
    where territoires.niveau in ('commune', 'district')
)

select
    'PE03' as indicateur_id,
    'ensemble' as declinaison,
    repartitions.territoire_id,
    repartitions.niveau,
    repartitions.millesime,
    concat_ws(' ; ', repartitions.edition, couverture.edition_population) as edition,
    couverture.valeur,
    couverture.places as numerateur,
    couverture.enfants as denominateur,
    couverture.borne_basse,
    couverture.borne_haute,
    if(couverture.places = 0, 100, 100 * couverture.places_connues / couverture.places)
        as completude_pct,
    if(couverture.valeur is null, 'non calculable', 'estimé') as statut,
    case
        when repartitions.empechement is not null then repartitions.empechement
        when couverture.enfants is null
            then
                'Le recensement ' || repartitions.millesime
                || ' n’est pas dans les sources : pas de dénominateur du même millésime.'
        when couverture.enfants = 0 then 'Aucun enfant de 0 à 2 ans au recensement.'
        else
            {{ nombre('couverture.places') }} || ' places : '
            || {{ nombre('couverture.places_connues') }} || ' connues'
            || coalesce(' (capacités de ' || repartitions.millesime_capacites || ')', '')
            || ', les autres réparties entre les établissements de la BPE '
            || repartitions.millesime || ' pour faire le total que publie la Cnaf.'
            || if(
                couverture.borne_basse is null,
                ' Moins de {{ var("capacites_minimum") }} capacités connues : pas d’intervalle.',
                ''
            )
    end as motif,
    concat_ws(
        ' ; ',
        repartitions.sources,
        {{ sources_des_places() }},
        population.source_id
    ) as sources
from repartitions
left join couverture
    on
        repartitions.territoire_id = couverture.territoire_id
        and repartitions.millesime = couverture.millesime
        and repartitions.edition = couverture.edition_places
left join population
    on
        couverture.millesime = population.millesime
        and couverture.edition_population = population.edition
