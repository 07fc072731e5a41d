with

lues as (
    select
        iris,
        type_equipement,
        equipements,
        'agrégée' as forme,
        millesime,
        edition,
        geographie,
        source_id
    from {{ ref('stg_insee__bpe') }}
    union all
    select
        iris,
        type_equipement,
        equipements,
        'localisée' as forme,
        millesime,
        edition,
        geographie,
        source_id
    from {{ ref('stg_insee__bpe_localisee') }}
)

select
    iris,
    type_equipement,
    cast(sum(equipements) as bigint) as equipements,
    forme,
    millesime,
    edition,
    geographie,
    source_id
from lues
group by
    iris,
    type_equipement,
    forme,
    millesime,
    edition,
    geographie,
    source_id
