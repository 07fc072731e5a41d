with

intervalles as (
    select
        territoire_id,
        millesime,
        edition,
        {{ borne_basse_tiree('familles_avec_enfant') }} as borne_basse_familles_avec_enfant,
        {{ borne_haute_tiree('familles_avec_enfant') }} as borne_haute_familles_avec_enfant,
        {{ borne_basse_tiree('familles_monoparentales') }} as borne_basse_familles_monoparentales,
        {{ borne_haute_tiree('familles_monoparentales') }} as borne_haute_familles_monoparentales
    from {{ ref('est_familles') }}
    group by
        territoire_id,
        millesime,
        edition
)

select
    familles.territoire_id,
    familles.niveau,
    familles.millesime,
    familles.edition,
    familles.familles_avec_enfant,
    intervalles.borne_basse_familles_avec_enfant,
    intervalles.borne_haute_familles_avec_enfant,
    familles.familles_monoparentales,
    intervalles.borne_basse_familles_monoparentales,
    intervalles.borne_haute_familles_monoparentales,
    familles.familles_1_enfant,
    familles.familles_2_enfants,
    familles.familles_3_enfants_ou_plus,
    familles.source_id
from {{ ref('int_familles_territoires') }} as familles
left join intervalles
    on
        familles.territoire_id = intervalles.territoire_id
        and familles.millesime = intervalles.millesime
        and familles.edition = intervalles.edition
