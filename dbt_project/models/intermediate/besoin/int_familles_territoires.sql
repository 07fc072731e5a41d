select
    appartenances.territoire_id,
    appartenances.niveau,
    familles.millesime,
    familles.edition,
    familles.source_id,
    sum(familles.familles_avec_enfant) as familles_avec_enfant,
    sum(familles.familles_monoparentales) as familles_monoparentales,
    sum(familles.familles_1_enfant) as familles_1_enfant,
    sum(familles.familles_2_enfants) as familles_2_enfants,
    sum(familles.familles_3_enfants_ou_plus) as familles_3_enfants_ou_plus
from {{ ref('stg_insee__familles') }} as familles
inner join {{ ref('int_iris_territoires') }} as appartenances
    on familles.iris = appartenances.iris
group by
    appartenances.territoire_id,
    appartenances.niveau,
    familles.millesime,
    familles.edition,
    familles.source_id
