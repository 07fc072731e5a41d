with

ecarts as (
    select *
    from {{ ref('int_ecarts_places') }}
    where
        scenario_id = 'référence'
        and niveau in ('commune', 'district')
),

couverture as (
    select *
    from {{ ref('ind_pe03') }}
)

select
    'PE04' as indicateur_id,
    ecarts.declinaison,
    ecarts.territoire_id,
    ecarts.niveau,
    ecarts.millesime,
    couverture.edition,
    ecarts.valeur,
    ecarts.taux_vise_pct * ecarts.enfants / 100 as numerateur,
    ecarts.enfants as denominateur,
    ecarts.borne_basse,
    ecarts.borne_haute,
    couverture.completude_pct,
    if(ecarts.valeur is null, 'non calculable', 'estimé') as statut,
    if(
        ecarts.taux_vise_pct is null,
        {{ aucun_enfant('de 0 à 2 ans dans le territoire') }} || ' ',
        'Cible : ' || {{ nombre('ecarts.taux_vise_pct') }} || ' places pour 100 enfants ; positif, '
        || 'il en manque. '
    ) || couverture.motif as motif,
    concat_ws(' ; ', couverture.sources, cibles.source_id) as sources
from ecarts
inner join couverture
    on
        ecarts.territoire_id = couverture.territoire_id
        and ecarts.millesime = couverture.millesime
        and concat_ws(' ; ', ecarts.edition_places, ecarts.edition_population) = couverture.edition
left join {{ ref('int_cibles') }} as cibles
    on
        ecarts.declinaison = 'cible ' || cibles.cible_id
        and ecarts.millesime = coalesce(cibles.annee, ecarts.millesime)
