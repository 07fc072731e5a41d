with

types (type_equipement, libelle) as (
    values
    ('D502', 'Établissement d''accueil du jeune enfant'),
    ('C101', 'École maternelle'),
    ('C102', 'École maternelle de regroupement pédagogique intercommunal'),
    ('C104', 'École élémentaire'),
    ('C105', 'École élémentaire de regroupement pédagogique intercommunal')
),

editions as (
    select distinct
        millesime,
        edition,
        source_id
    from {{ ref('stg_insee__bpe') }}
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

comptes as (
    select
        appartenances.territoire_id,
        bpe.type_equipement,
        bpe.millesime,
        bpe.edition,
        {{ somme('bpe.equipements * coalesce(passages.part, 1)') }} as equipements
    from {{ ref('stg_insee__bpe') }} as bpe
    left join passages
        on
            bpe.iris = passages.code_source
            and bpe.geographie = passages.geographie_source
    inner join appartenances on coalesce(passages.code_cible, bpe.iris) = appartenances.lieu
    group by
        appartenances.territoire_id,
        bpe.type_equipement,
        bpe.millesime,
        bpe.edition
)

select
    territoires.territoire_id,
    territoires.niveau,
    types.type_equipement,
    types.libelle,
    editions.millesime,
    editions.edition,
    editions.source_id,
    cast(coalesce(comptes.equipements, 0) as bigint) as equipements
from {{ ref('int_territoires') }} as territoires
cross join types
cross join editions
left join comptes
    on
        territoires.territoire_id = comptes.territoire_id
        and types.type_equipement = comptes.type_equipement
        and editions.millesime = comptes.millesime
        and editions.edition = comptes.edition
-- No equipment in a territory that the reference does not know is not zero equipment.
where
    territoires.territoire_id in (
        select connus.territoire_id
        from {{ ref('int_iris_territoires') }} as connus
    )
