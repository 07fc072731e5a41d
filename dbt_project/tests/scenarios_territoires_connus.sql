select
    scenarios.source_id,
    scenarios.ligne,
    scenarios.scenario_id,
    scenarios.territoire_id
from {{ ref('stg_convention__scenarios') }} as scenarios
anti join {{ ref('int_territoires') }} as territoires
    on
        scenarios.territoire_id = territoires.territoire_id
        and territoires.niveau in ('commune', 'district')
where scenarios.levier = 'ouverture'
