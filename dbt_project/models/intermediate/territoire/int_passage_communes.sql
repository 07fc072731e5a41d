with recursive

changements as (
    select distinct
        annee,
        code_ini,
        code_fin,
        part,
        nature,
        part < 1 as estime
    from {{ ref('stg_insee__passage_communes') }}
),

reference as (
    select distinct geographie as annee
    from {{ ref('int_iris') }}
),

{{ passages() }}
