-- A file may leave a whole commune out: nothing is then said of it. It may not leave out a part of
-- one, that would lose a row without a word.
with

presents as (
    select
        iris,
        source_id
    from {{ ref('int_population_iris') }}
    union
    select
        coalesce(passages.code_cible, familles.iris) as iris,
        familles.source_id
    from {{ ref('stg_insee__familles') }} as familles
    left join {{ ref('int_passage_iris') }} as passages
        on
            familles.iris = passages.code_source
            and familles.geographie = passages.geographie_source
),

attendus as (
    select distinct
        iris.iris,
        presents.source_id
    from presents
    inner join {{ ref('int_iris') }} as lus on presents.iris = lus.iris
    inner join {{ ref('int_iris') }} as iris on lus.commune_insee = iris.commune_insee
)

select
    attendus.iris,
    attendus.source_id
from attendus
anti join presents
    on
        attendus.iris = presents.iris
        and attendus.source_id = presents.source_id
