-- A blank cell is not « 0 to 4 »: where one cell of a breakdown is hidden another one goes with it,
-- whatever its size, so that the total does not give the first away. Together they are the total
-- less what is published: that is what bounds each of them.
with

cellules as (
    from {{ ref('stg_caf__allocataires') }}
    unpivot include nulls (
        valeur for cellule in (columns('^(foyers|personnes|enfants)(_|$)'))
    )
),

-- The breakdowns that the file publishes beside their total.
repartitions (repartition, total, cellule) as (
    values
    ('enfants par âge', 'enfants', 'enfants_0_2'),
    ('enfants par âge', 'enfants', 'enfants_3_5'),
    ('enfants par âge', 'enfants', 'enfants_6_10'),
    ('enfants par âge', 'enfants', 'enfants_11_14'),
    ('enfants par âge', 'enfants', 'enfants_15_17'),
    ('enfants par âge', 'enfants', 'enfants_18_24'),
    ('foyers par composition', 'foyers_allocataires', 'foyers_personne_seule'),
    ('foyers par composition', 'foyers_allocataires', 'foyers_monoparentaux'),
    ('foyers par composition', 'foyers_allocataires', 'foyers_couple_sans_enfant'),
    ('foyers par composition', 'foyers_allocataires', 'foyers_couple_avec_enfant')
)

select
    cellules.iris,
    cellules.masque,
    cellules.cellule,
    repartitions.repartition,
    cellules.valeur,
    count(*) filter (where cellules.valeur is null) over fichier as cellules_vides,
    totaux.valeur - coalesce(sum(cellules.valeur) over fichier, 0) as reste,
    cellules.millesime,
    cellules.edition,
    cellules.geographie,
    cellules.source_id
from cellules
left join repartitions on cellules.cellule = repartitions.cellule
left join cellules as totaux
    on
        repartitions.total = totaux.cellule
        and cellules.iris = totaux.iris
        and cellules.millesime = totaux.millesime
        and cellules.edition = totaux.edition
window fichier as (
    partition by
        cellules.iris,
        cellules.millesime,
        cellules.edition,
        coalesce(repartitions.repartition, cellules.cellule)
)
