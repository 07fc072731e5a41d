select
    territoire_id,
    niveau,
    captage_m,
    '{{ var("attenuation") }}' as attenuation,
    millesime,
    edition || ' ; ' || edition_population as edition,
    accessibilite,
    borne_basse,
    borne_haute,
    enfants_0_2_ans,
    taux_simple,
    desaccord
from {{ ref('int_accessibilite_territoires') }}
where scenario_id = 'référence'
