-- A rate of the district is not published: this is the mean of its IRIS, weighted by people. It is
-- never a median of medians.
select
    'BES03' as indicateur_id,
    'ensemble' as declinaison,
    territoire_id,
    niveau,
    millesime,
    edition,
    taux_pauvrete_pct as valeur,
    taux_pauvrete_pct * population_couverte / 100 as numerateur,
    population_couverte as denominateur,
    borne_basse_taux_pauvrete as borne_basse,
    borne_haute_taux_pauvrete as borne_haute,
    if(
        iris_publies = iris_total and population_couverte_pct is not null,
        100,
        population_couverte_pct
    ) as completude_pct,
    if(taux_pauvrete_pct is null, 'non calculable', 'estimé') as statut,
    case
        when population_couverte_pct is null
            then {{ recensement_absent('millesime', 'pondération') }}
        when taux_pauvrete_pct is null
            then 'Aucun IRIS de ce district n’a de taux publié.'
        else
            'Moyenne des taux de ' || iris_publies || ' IRIS sur ' || iris_total
            || ', pondérée par leur population ; '
            || if(
                borne_basse_taux_pauvrete is null,
                'moins de {{ var("taux_minimum") }} taux sont publiés : pas d’intervalle.',
                'l’intervalle tire cette population, et le taux des IRIS qui n’en ont pas de '
                || 'publié.'
            )
    end as motif,
    sources
from {{ ref('int_revenus_territoires') }}
where niveau = 'district'
