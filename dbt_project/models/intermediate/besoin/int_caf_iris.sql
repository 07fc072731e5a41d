with

allocataires as (
    select
        iris,
        masque,
        millesime,
        edition,
        source_id,
        foyers_allocataires,
        personnes_couvertes,
        foyers_monoparentaux,
        foyers_couple_avec_enfant,
        enfants_0_2,
        enfants_3_5,
        enfants_6_10,
        enfants_11_14,
        enfants_15_17
    from {{ ref('stg_caf__allocataires') }}
),

cellules as (
    from allocataires
    unpivot include nulls (
        valeur for cellule in (columns('^(foyers|personnes|enfants)_'))
    )
),

-- What is published as one or several cells: 11-14 and 15-17 make the band of the census.
mesures (mesure, tranche_age, cellule) as (
    values
    ('foyers allocataires', null, 'foyers_allocataires'),
    ('personnes couvertes', null, 'personnes_couvertes'),
    ('foyers monoparentaux', null, 'foyers_monoparentaux'),
    ('foyers en couple avec enfant', null, 'foyers_couple_avec_enfant'),
    ('enfants couverts', '0-2 ans', 'enfants_0_2'),
    ('enfants couverts', '3-5 ans', 'enfants_3_5'),
    ('enfants couverts', '6-10 ans', 'enfants_6_10'),
    ('enfants couverts', '11-17 ans', 'enfants_11_14'),
    ('enfants couverts', '11-17 ans', 'enfants_15_17'),
    ('enfants couverts', '0-17 ans', 'enfants_0_2'),
    ('enfants couverts', '0-17 ans', 'enfants_3_5'),
    ('enfants couverts', '0-17 ans', 'enfants_6_10'),
    ('enfants couverts', '0-17 ans', 'enfants_11_14'),
    ('enfants couverts', '0-17 ans', 'enfants_15_17')
)

select
    cellules.iris,
    mesures.mesure,
    mesures.tranche_age,
    cellules.masque,
    cellules.millesime,
    cellules.edition,
    cellules.source_id,
    count(*) filter (where not cellules.masque and cellules.valeur is null) as cellules_vides,
    coalesce(sum(cellules.valeur), 0) as borne_basse,
    -- A masked row has no upper bound of its own: nothing in the file gives one.
    if(cellules.masque, null, sum(coalesce(cellules.valeur, 4))) as borne_haute
from cellules
inner join mesures on cellules.cellule = mesures.cellule
group by
    cellules.iris,
    mesures.mesure,
    mesures.tranche_age,
    cellules.masque,
    cellules.millesime,
    cellules.edition,
    cellules.source_id
