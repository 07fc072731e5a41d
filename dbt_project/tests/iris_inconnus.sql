-- A figure whose IRIS the reference does not know would be left out without a word.
with

lus as (
    select
        iris,
        geographie,
        source_id
    from {{ ref('stg_insee__population') }}
    union
    select
        iris,
        geographie,
        source_id
    from {{ ref('stg_insee__familles') }}
    union
    select
        iris,
        geographie,
        source_id
    from {{ ref('stg_insee__filosofi') }}
    union
    select
        iris,
        geographie,
        source_id
    from {{ ref('stg_caf__allocataires') }}
    union
    select
        iris,
        geographie,
        source_id
    from {{ ref('int_bpe') }}
    where length(iris) = 9
),

passes as (
    select
        lus.iris,
        lus.geographie,
        lus.source_id,
        coalesce(passages.code_cible, lus.iris) as code_cible
    from lus
    left join {{ ref('int_passage_iris') }} as passages
        on
            lus.iris = passages.code_source
            and lus.geographie = passages.geographie_source
)

select
    passes.iris,
    passes.geographie,
    passes.source_id
from passes
semi join {{ ref('int_territoires') }} as territoires
    on left(passes.code_cible, 5) = territoires.commune_insee
anti join {{ ref('int_iris') }} as reference on passes.code_cible = reference.iris
where exists (select liste.iris from {{ ref('int_iris') }} as liste)
