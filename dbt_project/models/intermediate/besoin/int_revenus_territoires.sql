with

iris as (
    select
        appartenances.territoire_id,
        appartenances.niveau,
        revenus.millesime,
        revenus.edition,
        revenus.sources,
        revenus.personnes,
        if(revenus.taux_pauvrete_pct is null, null, revenus.personnes) as personnes_couvertes,
        revenus.taux_pauvrete_pct,
        revenus.mediane_eur
    from {{ ref('int_revenus_iris') }} as revenus
    inner join {{ ref('int_iris_territoires') }} as appartenances
        on revenus.iris = appartenances.iris
)

select
    territoire_id,
    niveau,
    millesime,
    edition,
    sources,
    count(*) as iris_total,
    count(taux_pauvrete_pct) as iris_publies,
    {{ somme('taux_pauvrete_pct * personnes') }}
    / {{ somme('personnes_couvertes') }} as taux_pauvrete_pct,
    min(mediane_eur) as mediane_min_eur,
    max(mediane_eur) as mediane_max_eur,
    coalesce({{ somme('personnes_couvertes') }}, 0) as population_couverte,
    100 * coalesce({{ somme('personnes_couvertes') }}, 0)
    / {{ somme('personnes') }} as population_couverte_pct
from iris
group by
    territoire_id,
    niveau,
    millesime,
    edition,
    sources
