-- Nobody is lost or made on the way to the reference geography, code by code and file by file.
with

parts as (
    select
        code_source,
        geographie_source,
        sum(part) as parts
    from {{ ref('int_passage_iris') }}
    group by
        code_source,
        geographie_source
    union all
    select
        code_source,
        geographie_source,
        sum(part) as parts
    from {{ ref('int_passage_communes') }}
    group by
        code_source,
        geographie_source
),

lues as (
    unpivot {{ ref('stg_insee__population') }}
    on columns('^age_')
    into name bande value personnes
),

avant as (
    select
        source_id,
        {{ somme('personnes') }} as personnes
    from lues
    group by source_id
),

apres as (
    select
        source_id,
        {{ somme('personnes') }} as personnes
    from {{ ref('int_population_iris') }}
    where tranche_age = 'ensemble'
    group by source_id
)

select
    code_source || ' (' || geographie_source || ')' as objet,
    1 as avant,
    parts as apres
from parts
where abs(parts - 1) > 1e-9
union all
select
    avant.source_id as objet,
    avant.personnes as avant,
    apres.personnes as apres
from avant
left join apres on avant.source_id = apres.source_id
where coalesce(abs(avant.personnes - apres.personnes), 1) > 1e-6
