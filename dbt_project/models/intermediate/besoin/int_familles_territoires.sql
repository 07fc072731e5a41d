-- The sum of some IRIS only is not the figure of a territory: it stands if all of them are there.
select
    appartenances.territoire_id,
    appartenances.niveau,
    familles.millesime,
    familles.edition,
    familles.source_id,
    {{ somme('familles.couples_avec_enfant + familles.familles_monoparentales') }}
        as familles_avec_enfant,
    {{ somme('familles.familles_monoparentales') }} as familles_monoparentales,
    {{ somme('familles.familles_1_enfant') }} as familles_1_enfant,
    {{ somme('familles.familles_2_enfants') }} as familles_2_enfants,
    {{ somme('familles.familles_3_enfants_ou_plus') }} as familles_3_enfants_ou_plus
from {{ ref('int_familles_iris') }} as familles
inner join {{ ref('int_iris_territoires') }} as appartenances
    on familles.iris = appartenances.iris
group by
    appartenances.territoire_id,
    appartenances.niveau,
    familles.millesime,
    familles.edition,
    familles.source_id
having count(*) = any_value(appartenances.iris_du_territoire)
