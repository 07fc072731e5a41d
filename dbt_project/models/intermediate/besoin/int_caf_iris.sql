with

editions as (
    select distinct
        millesime,
        edition,
        source_id
    from {{ ref('stg_caf__allocataires') }}
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
),

sommes as (
    select
        cellules.iris,
        mesures.mesure,
        mesures.tranche_age,
        cellules.masque,
        cellules.geographie,
        cellules.millesime,
        cellules.edition,
        coalesce(sum(cellules.valeur), 0) as publie,
        count(*) filter (where cellules.valeur is null) as vides,
        any_value(cellules.cellules_vides) as vides_repartition,
        any_value(cellules.reste) as reste
    from {{ ref('int_caf_cellules') }} as cellules
    inner join mesures on cellules.cellule = mesures.cellule
    group by
        cellules.iris,
        mesures.mesure,
        mesures.tranche_age,
        cellules.masque,
        cellules.geographie,
        cellules.millesime,
        cellules.edition
),

-- The hidden cells make the rest exactly when they are all of the measure, and may be any part of
-- it when they are not.
bornees as (
    select
        *,
        publie + if(vides > 0 and vides = vides_repartition, coalesce(reste, 0), 0) as au_moins,
        publie + if(vides > 0, reste, 0) as au_plus
    from sommes
),

-- A row masked, or set aside at the entrance, masks every IRIS that it goes to.
passees as (
    select
        coalesce(passages.code_cible, bornees.iris) as iris,
        bornees.mesure,
        bornees.tranche_age,
        bornees.millesime,
        bornees.edition,
        bool_or(bornees.masque)
        or count(*) < coalesce(any_value(passages.codes_reunis), 1) as masque,
        sum(bornees.vides) as cellules_vides,
        {{ somme('bornees.au_moins * coalesce(passages.part, 1)') }} as borne_basse,
        if(
            count(*) = count(bornees.au_plus),
            {{ somme('bornees.au_plus * coalesce(passages.part, 1)') }},
            null
        ) as borne_haute
    from bornees
    left join {{ ref('int_passage_iris') }} as passages
        on
            bornees.iris = passages.code_source
            and bornees.geographie = passages.geographie_source
    group by
        coalesce(passages.code_cible, bornees.iris),
        bornees.mesure,
        bornees.tranche_age,
        bornees.millesime,
        bornees.edition
),

publiees as (
    select distinct
        mesure,
        tranche_age
    from mesures
),

attendues as (
    select
        iris.iris,
        publiees.mesure,
        publiees.tranche_age,
        editions.millesime,
        editions.edition,
        editions.source_id
    from {{ ref('int_iris') }} as iris
    cross join publiees
    cross join editions
)

-- An IRIS whose row was set aside is as unknown as a masked one: nothing in the file bounds it.
select
    attendues.iris,
    attendues.mesure,
    attendues.tranche_age,
    coalesce(passees.masque, true) as masque,
    attendues.millesime,
    attendues.edition,
    attendues.source_id,
    if(coalesce(passees.masque, true), 0, passees.cellules_vides) as cellules_vides,
    coalesce(passees.borne_basse, 0) as borne_basse,
    if(coalesce(passees.masque, true), null, passees.borne_haute) as borne_haute
from attendues
left join passees
    on
        attendues.iris = passees.iris
        and attendues.mesure = passees.mesure
        and attendues.tranche_age is not distinct from passees.tranche_age
        and attendues.millesime = passees.millesime
        and attendues.edition = passees.edition
