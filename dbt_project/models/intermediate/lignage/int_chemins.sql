with

regles as (
    select *
    from {{ ref('stg_observatoire__modeles') }}
),

indicateurs as (
    select distinct modele
    from {{ ref('stg_observatoire__indicateurs') }}
),

lectures as (
    select
        regles.modele,
        regles.amont,
        unnest(regles.tables_lues) as objet
    from regles
    inner join indicateurs on regles.modele = indicateurs.modele
)

select
    lectures.modele,
    lectures.objet,
    string_agg(etapes.modele, ' → ' order by etapes.rang) as modeles
from lectures
inner join regles as etapes
    on
        list_contains(lectures.amont, etapes.modele)
        and list_contains(etapes.tables_lues, lectures.objet)
group by
    lectures.modele,
    lectures.objet
