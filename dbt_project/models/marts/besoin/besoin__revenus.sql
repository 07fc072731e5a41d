with

intervalles as (
    select
        territoire_id,
        millesime,
        edition,
        {{ borne_basse_tiree('taux_pauvrete_pct') }} as borne_basse_taux_pauvrete,
        {{ borne_haute_tiree('taux_pauvrete_pct') }} as borne_haute_taux_pauvrete
    from {{ ref('est_revenus') }}
    group by
        territoire_id,
        millesime,
        edition
)

select
    revenus.territoire_id,
    revenus.niveau,
    revenus.millesime,
    revenus.edition,
    revenus.taux_pauvrete_pct,
    intervalles.borne_basse_taux_pauvrete,
    intervalles.borne_haute_taux_pauvrete,
    revenus.mediane_min_eur,
    revenus.mediane_max_eur,
    revenus.iris_total,
    revenus.iris_publies,
    revenus.population_couverte_pct,
    revenus.sources
from {{ ref('int_revenus_territoires') }} as revenus
left join intervalles
    on
        revenus.territoire_id = intervalles.territoire_id
        and revenus.millesime = intervalles.millesime
        and revenus.edition = intervalles.edition
