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

-- An equipment that the BPE does not place in an IRIS counts for the whole territory only.
appartenances as (
    select
        iris,
        territoire_id
    from {{ ref('int_iris_territoires') }}
    union all
    select
        territoire_id as iris,
        territoire_id
    from {{ ref('int_territoires') }}
    where niveau = 'territoire'
),

comptes as (
    select
        appartenances.territoire_id,
        bpe.type_equipement,
        bpe.millesime,
        bpe.edition,
        sum(bpe.equipements) as equipements
    from {{ ref('stg_insee__bpe') }} as bpe
    inner join appartenances on bpe.iris = appartenances.iris
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
where territoires.niveau <> 'référence'
