-- The sum of some IRIS only is not the figure of a territory: it stands if all of them are there.
with

familles as (
    select
        coalesce(passages.code_cible, sources.iris) as iris,
        sources.millesime,
        sources.edition,
        sources.source_id,
        coalesce(passages.part, 1) as part,
        sources.couples_avec_enfant,
        sources.familles_monoparentales,
        sources.familles_1_enfant,
        sources.familles_2_enfants,
        sources.familles_3_enfants + sources.familles_4_enfants_ou_plus
            as familles_3_enfants_ou_plus
    from {{ ref('stg_insee__familles') }} as sources
    left join {{ ref('int_passage_iris') }} as passages
        on
            sources.iris = passages.code_source
            and sources.geographie = passages.geographie_source
)

select
    appartenances.territoire_id,
    appartenances.niveau,
    familles.millesime,
    familles.edition,
    familles.source_id,
    {{ somme('familles.part * (familles.couples_avec_enfant + familles.familles_monoparentales)') }}
        as familles_avec_enfant,
    {{ somme('familles.part * familles.familles_monoparentales') }} as familles_monoparentales,
    {{ somme('familles.part * familles.familles_1_enfant') }} as familles_1_enfant,
    {{ somme('familles.part * familles.familles_2_enfants') }} as familles_2_enfants,
    {{ somme('familles.part * familles.familles_3_enfants_ou_plus') }}
        as familles_3_enfants_ou_plus
from familles
inner join {{ ref('int_iris_territoires') }} as appartenances
    on familles.iris = appartenances.iris
group by
    appartenances.territoire_id,
    appartenances.niveau,
    familles.millesime,
    familles.edition,
    familles.source_id
having count(distinct familles.iris) = any_value(appartenances.iris_du_territoire)
