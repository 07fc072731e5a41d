-- Numbers stand for the names of files and measures, which would be repeated in millions of rows.
with

fichiers as (
    select
        *,
        row_number() over () as fichier
    from (
        select distinct
            millesime,
            edition,
            source_id
        from {{ ref('stg_caf__allocataires') }}
    )
),

mesures (numero, mesure, tranche_age) as (
    values
    (1, 'foyers allocataires', null),
    (2, 'personnes couvertes', null),
    (3, 'foyers monoparentaux', null),
    (4, 'foyers en couple avec enfant', null),
    (5, 'enfants couverts', '0-2 ans'),
    (6, 'enfants couverts', '3-5 ans'),
    (7, 'enfants couverts', '6-10 ans'),
    (8, 'enfants couverts', '11-17 ans'),
    (9, 'enfants couverts', '0-17 ans')
),

-- What is published as one or several cells: 11-14 and 15-17 make the band of the census.
compositions (numero, cellule) as (
    values
    (1, 'foyers_allocataires'),
    (2, 'personnes_couvertes'),
    (3, 'foyers_monoparentaux'),
    (4, 'foyers_couple_avec_enfant'),
    (5, 'enfants_0_2'),
    (6, 'enfants_3_5'),
    (7, 'enfants_6_10'),
    (8, 'enfants_11_14'),
    (8, 'enfants_15_17'),
    (9, 'enfants_0_2'),
    (9, 'enfants_3_5'),
    (9, 'enfants_6_10'),
    (9, 'enfants_11_14'),
    (9, 'enfants_15_17')
),

sommes as (
    select
        cellules.iris,
        compositions.numero,
        fichiers.fichier,
        any_value(cellules.masque) as masque,
        any_value(cellules.geographie) as geographie,
        coalesce(sum(cellules.valeur), 0) as publie,
        count(*) filter (where cellules.valeur is null) as vides,
        any_value(cellules.cellules_vides) as vides_repartition,
        any_value(cellules.reste) as reste
    from {{ ref('int_caf_cellules') }} as cellules
    inner join compositions on cellules.cellule = compositions.cellule
    inner join fichiers
        on
            cellules.millesime = fichiers.millesime
            and cellules.edition = fichiers.edition
    group by
        cellules.iris,
        compositions.numero,
        fichiers.fichier
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
        bornees.numero,
        bornees.fichier,
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
        bornees.numero,
        bornees.fichier
),

attendues as (
    select
        iris.iris,
        mesures.*,
        fichiers.*
    from {{ ref('int_iris') }} as iris
    cross join mesures
    cross join fichiers
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
        and attendues.numero = passees.numero
        and attendues.fichier = passees.fichier
