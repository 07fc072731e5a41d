select
    iris,
    c_coupaenf as couples_avec_enfant,
    c_fammono as familles_monoparentales,
    c_ne24f1 as familles_1_enfant,
    c_ne24f2 as familles_2_enfants,
    c_ne24f3 as familles_3_enfants,
    c_ne24f4p as familles_4_enfants_ou_plus,
    millesime,
    edition,
    geographie,
    source_id
from {{ source('insee', 'insee_familles') }}
