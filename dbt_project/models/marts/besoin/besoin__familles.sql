select
    territoire_id,
    niveau,
    millesime,
    edition,
    familles_avec_enfant,
    familles_monoparentales,
    familles_1_enfant,
    familles_2_enfants,
    familles_3_enfants_ou_plus,
    source_id
from {{ ref('int_familles_territoires') }}
