-- What the sources say is a scenario like another, without any lever: « référence ».
select
    'référence' as scenario_id,
    'Ce que disent les sources' as libelle,
    cast(null as double) as taux_pct
union all
select
    scenario_id,
    min(libelle) as libelle,
    max(taux_pct) as taux_pct
from {{ ref('stg_convention__scenarios') }}
group by scenario_id
