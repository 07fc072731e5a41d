-- A rate of the district is not published: this is the mean of its IRIS, weighted by people. It is
-- never a median of medians.
with

intervalles as (
    select
        territoire_id,
        millesime,
        edition,
        {{ borne_basse_tiree('taux_pauvrete_pct') }} as borne_basse,
        {{ borne_haute_tiree('taux_pauvrete_pct') }} as borne_haute
    from {{ ref('est_revenus') }}
    group by
        territoire_id,
        millesime,
        edition
)

select
    'BES03' as indicateur_id,
    'ensemble' as declinaison,
    revenus.territoire_id,
    revenus.niveau,
    revenus.millesime,
    revenus.edition,
    revenus.taux_pauvrete_pct as valeur,
    revenus.taux_pauvrete_pct * revenus.population_couverte / 100 as numerateur,
    revenus.population_couverte as denominateur,
    intervalles.borne_basse,
    intervalles.borne_haute,
    if(
        revenus.iris_publies = revenus.iris_total and revenus.population_couverte_pct is not null,
        100,
        revenus.population_couverte_pct
    ) as completude_pct,
    if(revenus.taux_pauvrete_pct is null, 'non calculable', 'estimé') as statut,
    case
        when revenus.population_couverte_pct is null
            then {{ recensement_absent('revenus.millesime', 'pondération') }}
        when revenus.taux_pauvrete_pct is null
            then 'Aucun IRIS de ce district n’a de taux publié.'
        else
            'Moyenne des taux de ' || revenus.iris_publies || ' IRIS sur ' || revenus.iris_total
            || ', pondérée par leur population ; l’intervalle tire cette population, et le taux '
            || 'des IRIS qui n’en ont pas de publié.'
    end as motif,
    revenus.sources
from {{ ref('int_revenus_territoires') }} as revenus
left join intervalles
    on
        revenus.territoire_id = intervalles.territoire_id
        and revenus.millesime = intervalles.millesime
        and revenus.edition = intervalles.edition
where revenus.niveau = 'district'
