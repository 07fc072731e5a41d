with

-- A workbook enters by several tables.
admissions as (
    select
        source_id,
        cast(sum(lignes_lues) as bigint) as lignes_lues,
        cast(sum(lignes_retenues) as bigint) as lignes_retenues,
        cast(sum(lignes_ecartees) as bigint) as lignes_ecartees
    from {{ ref('qualite__admissions') }}
    group by source_id
),

citees as (
    select distinct
        source_id,
        indicateur_id,
        declinaison,
        territoire_id,
        millesime,
        edition
    from {{ ref('referentiel__lignage') }}
),

citations as (
    select
        source_id,
        count(*) as valeurs,
        string_agg(distinct indicateur_id, ', ' order by indicateur_id) as indicateurs
    from citees
    group by source_id
)

select
    sources.source_id,
    sources.titre,
    sources.producteur,
    sources.millesime,
    sources.couverture,
    sources.edition,
    sources.millesime = max(sources.millesime) over (partition by sources.jeu) as dernier,
    sources.licence,
    sources.page,
    sources.etat,
    sources.conforme,
    admissions.lignes_lues,
    admissions.lignes_retenues,
    admissions.lignes_ecartees,
    coalesce(citations.valeurs, 0) as valeurs,
    citations.indicateurs
from {{ ref('referentiel__sources') }} as sources
left join admissions on sources.source_id = admissions.source_id
left join citations on sources.source_id = citations.source_id
