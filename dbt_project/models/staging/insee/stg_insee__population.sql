select
    iris,
    p_pop0002 as age_0_2,
    p_pop0305 as age_3_5,
    p_pop0610 as age_6_10,
    p_pop1117 as age_11_17,
    p_pop1824 as age_18_24,
    p_pop2539 as age_25_39,
    p_pop4054 as age_40_54,
    p_pop5564 as age_55_64,
    p_pop6579 as age_65_79,
    p_pop80p as age_80_200,
    millesime,
    edition,
    geographie,
    source_id
from {{ source('insee', 'insee_population') }}
