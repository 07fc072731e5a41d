-- Insee lists the changes of IRIS of the communes that have some; a commune that has none is one
-- IRIS, its code and 0000, and changes as communes do. How the people of an IRIS that is split are
-- shared out is not published: equal shares, as an estimate. An exchange of parcels moves land, and
-- all but none of the people: the IRIS stays, under its new code, in its commune.
with recursive

modifications as (
    select distinct
        annee,
        iris_ini,
        iris_fin,
        modification,
        nature
    from {{ ref('stg_insee__iris_modifications') }}
    where
        modification <> '4'
        or commune_ini = commune_fin
),

changements as (
    select
        annee,
        iris_ini as code_ini,
        iris_fin as code_fin,
        1 / count(*) over (partition by annee, iris_ini) as part,
        nature,
        modification = '4' or count(*) over (partition by annee, iris_ini) > 1 as estime
    from modifications
    union all
    select distinct
        communes.annee,
        communes.code_ini || '0000' as code_ini,
        communes.code_fin || '0000' as code_fin,
        communes.part,
        communes.nature,
        communes.part < 1 as estime
    from {{ ref('stg_insee__passage_communes') }} as communes
    anti join modifications
        on
            communes.annee = modifications.annee
            and communes.code_ini || '0000' = modifications.iris_ini
),

reference as (
    select distinct geographie as annee
    from {{ ref('int_iris') }}
),

{{ passages() }}
