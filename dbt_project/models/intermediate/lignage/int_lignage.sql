-- What a value asks of a file: its rows of the year asked for if it has some, of the territory
-- asked for if it goes down to that level, else of the one around it. An indicator that counts some
-- subjects only says which. No row is an answer: nothing is counted there. Values ask the same of a
-- file many times over: each question is answered once.
with

demandes as (
    select distinct
        source_id,
        objet,
        territoire_demande,
        annee_demandee,
        sujets
    from {{ ref('int_fichiers_des_valeurs') }}
),

cites as (
    select distinct
        objet,
        source_id
    from demandes
),

-- Their number stands for their names, which would be repeated for millions of lines.
fichiers as (
    select
        *,
        row_number() over () as fichier
    from cites
),

questions as (
    select
        demandes.*,
        fichiers.fichier,
        row_number() over () as question_id
    from demandes
    inner join fichiers
        on
            demandes.objet = fichiers.objet
            and demandes.source_id = fichiers.source_id
),

lignes_situees as (
    select
        fichiers.fichier,
        lignes.ligne,
        lignes.annee,
        lignes.sujet,
        lignes.cle,
        lignes.territoire_id,
        coalesce(territoires.niveau, lignes.territoire_id) as niveau
    from {{ ref('int_lignes_territoires') }} as lignes
    inner join fichiers
        on
            lignes.objet = fichiers.objet
            and lignes.source_id = fichiers.source_id
    left join {{ ref('int_territoires') }} as territoires
        on lignes.territoire_id = territoires.territoire_id
),

niveaux_lus as (
    select distinct
        fichier,
        niveau
    from lignes_situees
),

annees_lues as (
    select distinct
        fichier,
        annee
    from lignes_situees
),

etendues as (
    select
        contenants.territoire_id,
        contenants.contenant_id,
        contenants.distance,
        territoires.niveau
    from {{ ref('int_territoires_contenants') }} as contenants
    inner join {{ ref('int_territoires') }} as territoires
        on contenants.contenant_id = territoires.territoire_id
    union all
    select
        territoire_id,
        'fichier entier' as contenant_id,
        3 as distance,
        'fichier entier' as niveau
    from {{ ref('int_territoires') }}
),

lectures as (
    select
        questions.question_id,
        questions.fichier,
        questions.sujets,
        etendues.contenant_id,
        annees_lues.annee
    from questions
    inner join etendues on questions.territoire_demande = etendues.territoire_id
    inner join niveaux_lus
        on
            questions.fichier = niveaux_lus.fichier
            and etendues.niveau = niveaux_lus.niveau
    left join annees_lues
        on
            questions.fichier = annees_lues.fichier
            and questions.annee_demandee = annees_lues.annee
    qualify
        row_number() over (partition by questions.question_id order by etendues.distance) = 1
),

retenues as (
    select
        lectures.question_id,
        lignes_situees.ligne,
        lignes_situees.cle
    from lectures
    inner join lignes_situees
        on
            lectures.fichier = lignes_situees.fichier
            and lectures.contenant_id = lignes_situees.territoire_id
            and (lectures.annee is null or lectures.annee = lignes_situees.annee)
            and (
                lectures.sujets is null
                or lignes_situees.sujet is null
                or list_contains(lectures.sujets, lignes_situees.sujet)
            )
),

lignes as (
    select distinct
        question_id,
        ligne
    from retenues
),

-- Lines that follow one another have the same distance to their rank.
suivies as (
    select
        question_id,
        ligne,
        ligne - row_number() over (partition by question_id order by ligne) as suite
    from lignes
),

suites as (
    select
        question_id,
        min(ligne) as premiere,
        max(ligne) as derniere,
        count(*) as nombre
    from suivies
    group by
        question_id,
        suite
),

plages as (
    select
        question_id,
        list(
            if(premiere = derniere, '' || premiere, premiere || '-' || derniere)
            order by premiere
        ) as plages,
        cast(sum(nombre) as bigint) as nombre_lignes
    from suites
    group by question_id
),

cles as (
    select
        question_id,
        list_sort(list(distinct cle) filter (where cle is not null)) as cles
    from retenues
    group by question_id
)

select
    questions.source_id,
    questions.objet,
    questions.territoire_demande,
    questions.annee_demandee,
    questions.sujets,
    lectures.contenant_id as territoire_lu,
    {{ debut_de_liste('plages.plages', 500, 'plages.nombre_lignes', ' lignes') }} as lignes,
    coalesce(plages.nombre_lignes, 0) as nombre_lignes,
    {{ debut_de_liste('cles.cles', 20, 'len(cles.cles)') }} as cles
from questions
left join lectures on questions.question_id = lectures.question_id
left join cles on questions.question_id = cles.question_id
left join plages on questions.question_id = plages.question_id
