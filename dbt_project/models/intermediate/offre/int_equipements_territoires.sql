with

-- A type of a nomenclature that the edition does not use is absent, not zero.
types as (
    select
        editions.millesime,
        editions.edition,
        editions.source_id,
        editions.rapprochee,
        types.type_equipement,
        types.libelle
    from {{ ref('int_bpe_editions') }} as editions
    cross join {{ ref('int_types_equipement') }} as types
    where
        types.nomenclature is null
        or list_contains(editions.nomenclatures, types.nomenclature)
),

-- An equipment that the BPE does not place in an IRIS counts for its whole commune only.
appartenances as (
    select
        iris as lieu,
        territoire_id
    from {{ ref('int_iris_territoires') }}
    union all
    select
        commune_insee as lieu,
        territoire_id
    from {{ ref('int_communes_insee') }}
),

passages as (
    select
        code_source,
        geographie_source,
        code_cible,
        part
    from {{ ref('int_passage_iris') }}
    union all
    select
        code_source,
        geographie_source,
        code_cible,
        part
    from {{ ref('int_passage_communes') }}
),

situes as (
    select
        coalesce(passages.code_cible, bpe.iris) as lieu,
        bpe.type_equipement,
        bpe.source_id,
        bpe.equipements * coalesce(passages.part, 1) as equipements
    from {{ ref('int_bpe') }} as bpe
    left join passages
        on
            bpe.iris = passages.code_source
            and bpe.geographie = passages.geographie_source
),

comptes as (
    select
        appartenances.territoire_id,
        situes.type_equipement,
        situes.source_id,
        {{ somme('situes.equipements') }} as equipements
    from situes
    inner join appartenances on situes.lieu = appartenances.lieu
    group by
        appartenances.territoire_id,
        situes.type_equipement,
        situes.source_id
),

-- What a part of a commune may have of them.
non_places as (
    select
        territoires.territoire_id,
        situes.type_equipement,
        situes.source_id,
        {{ somme('situes.equipements') }} as equipements
    from {{ ref('int_territoires') }} as territoires
    inner join situes on territoires.commune_insee = situes.lieu
    anti join {{ ref('int_communes_insee') }} as entieres
        on
            territoires.territoire_id = entieres.territoire_id
            and territoires.commune_insee = entieres.commune_insee
    group by
        territoires.territoire_id,
        situes.type_equipement,
        situes.source_id
)

select
    territoires.territoire_id,
    territoires.niveau,
    types.type_equipement,
    types.libelle,
    types.millesime,
    types.edition,
    types.source_id,
    types.rapprochee,
    cast(coalesce(comptes.equipements, 0) as bigint) as equipements,
    cast(coalesce(non_places.equipements, 0) as bigint) as equipements_non_places
from {{ ref('int_territoires') }} as territoires
cross join types
left join comptes
    on
        territoires.territoire_id = comptes.territoire_id
        and types.type_equipement = comptes.type_equipement
        and types.source_id = comptes.source_id
left join non_places
    on
        territoires.territoire_id = non_places.territoire_id
        and types.type_equipement = non_places.type_equipement
        and types.source_id = non_places.source_id
-- No equipment in a territory that the reference does not know is not zero equipment.
where
    territoires.territoire_id in (
        select connus.territoire_id
        from {{ ref('int_iris_territoires') }} as connus
    )
