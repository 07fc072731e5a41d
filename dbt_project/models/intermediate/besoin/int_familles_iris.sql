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
    iris,
    millesime,
    edition,
    source_id,
    {{ somme('part * couples_avec_enfant') }} as couples_avec_enfant,
    {{ somme('part * familles_monoparentales') }} as familles_monoparentales,
    {{ somme('part * familles_1_enfant') }} as familles_1_enfant,
    {{ somme('part * familles_2_enfants') }} as familles_2_enfants,
    {{ somme('part * familles_3_enfants_ou_plus') }} as familles_3_enfants_ou_plus
from familles
group by
    iris,
    millesime,
    edition,
    source_id
