select
    'iris' as niveau,
    passages.code_source,
    passages.geographie_source,
    passages.code_cible,
    passages.geographie_cible,
    passages.part,
    passages.statut,
    passages.nature
from {{ ref('int_passage_iris') }} as passages
inner join {{ ref('int_iris') }} as iris on passages.code_cible = iris.iris
union all
select distinct
    'commune' as niveau,
    passages.code_source,
    passages.geographie_source,
    passages.code_cible,
    passages.geographie_cible,
    passages.part,
    passages.statut,
    passages.nature
from {{ ref('int_passage_communes') }} as passages
inner join {{ ref('int_iris') }} as iris on passages.code_cible = iris.commune_insee
