with

editions as (
    select distinct
        millesime,
        edition,
        source_id
    from {{ ref('stg_caf__allocataires') }}
),

-- An IRIS whose row was set aside is as unknown as a masked one.
allocataires as (
    select
        iris.iris,
        coalesce(caf.masque, true) as masque,
        editions.millesime,
        editions.edition,
        editions.source_id,
        caf.foyers_allocataires,
        caf.personnes_couvertes,
        caf.foyers_monoparentaux,
        caf.foyers_couple_avec_enfant,
        caf.enfants_0_2,
        caf.enfants_3_5,
        caf.enfants_6_10,
        caf.enfants_11_14,
        caf.enfants_15_17
    from {{ ref('stg_insee__iris') }} as iris
    cross join editions
    left join {{ ref('stg_caf__allocataires') }} as caf
        on
            iris.iris = caf.iris
            and editions.millesime = caf.millesime
            and editions.edition = caf.edition
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
