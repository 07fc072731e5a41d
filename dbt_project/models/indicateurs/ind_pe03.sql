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

-- The registry may list more collective EAJE than the BPE, which bears the places: those have none
-- here. In a district they may be the ones that nothing places, as far as its commune has too many.
ecarts_bpe as (
    select
        rapprochements.territoire_id,
        rapprochements.millesime,
        rapprochements.attendu as etablissements,
        greatest(
            0,
            rapprochements.ecart,
            least(
                rapprochements.ecart + rapprochements.services_non_places,
                max(if(territoires.niveau = 'commune', rapprochements.ecart, null)) over (
                    partition by territoires.commune_id, rapprochements.millesime
                )
            )
        ) as hors_bpe
    from {{ ref('int_rapprochements') }} as rapprochements
    inner join {{ ref('int_territoires') }} as territoires
        on rapprochements.territoire_id = territoires.territoire_id
    where rapprochements.theme = 'registre et BPE'
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
    * coalesce(
        ecarts_bpe.etablissements
        / nullif(ecarts_bpe.etablissements + ecarts_bpe.hors_bpe, 0),
        1
    ) as completude_pct,
    if(couverture.valeur is null, 'non calculable', 'estimé') as statut,
    case
        when repartitions.empechement is not null then repartitions.empechement
        when couverture.enfants is null
            then {{ recensement_absent('repartitions.millesime') }}
        when couverture.enfants = 0 then {{ aucun_enfant('de 0 à 2 ans') }}
        else
            case
                when couverture.places = 0
                    then
                        'Aucune place : ni capacité connue, ni établissement de la BPE '
                        || repartitions.millesime || ' qui ait une part du total publié.'
                when couverture.places_connues = couverture.places
                    then
                        {{ nombre('couverture.places') }}
                        || ' places, toutes connues (capacités de '
                        || repartitions.millesime_capacites || ').'
                else
                    {{ nombre('couverture.places') }} || ' places : '
                    || {{ nombre('couverture.places_connues') }} || ' connues'
                    || coalesce(' (capacités de ' || repartitions.millesime_capacites || ')', '')
                    || ', les autres réparties entre les établissements de la BPE '
                    || repartitions.millesime || ' pour faire le total que publie la Cnaf.'
            end
            || if(
                ecarts_bpe.hors_bpe > 0,
                ' Jusqu’à ' || cast(ecarts_bpe.hors_bpe as bigint)
                || ' EAJE collectif(s) du registre de plus que la BPE n’y pèsent rien.',
                ''
            )
            || {{ capacites_trop_rares('couverture.borne_basse') }}
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
left join ecarts_bpe
    on
        repartitions.territoire_id = ecarts_bpe.territoire_id
        and repartitions.millesime = ecarts_bpe.millesime
left join population
    on
        couverture.millesime = population.millesime
        and couverture.edition_population = population.edition
