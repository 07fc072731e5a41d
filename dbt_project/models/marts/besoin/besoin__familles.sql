select
    familles.territoire_id,
    familles.niveau,
    familles.millesime,
    familles.edition,
    familles.familles_avec_enfant,
    {{ borne_basse_de_liste('tirages.familles_avec_enfant') }} as borne_basse_familles_avec_enfant,
    {{ borne_haute_de_liste('tirages.familles_avec_enfant') }} as borne_haute_familles_avec_enfant,
    familles.familles_monoparentales,
    {{ borne_basse_de_liste('tirages.familles_monoparentales') }}
        as borne_basse_familles_monoparentales,
    {{ borne_haute_de_liste('tirages.familles_monoparentales') }}
        as borne_haute_familles_monoparentales,
    familles.familles_1_enfant,
    familles.familles_2_enfants,
    familles.familles_3_enfants_ou_plus,
    familles.source_id
from {{ ref('int_familles_territoires') }} as familles
left join {{ ref('est_familles') }} as tirages
    on
        familles.territoire_id = tirages.territoire_id
        and familles.millesime = tirages.millesime
        and familles.edition = tirages.edition
