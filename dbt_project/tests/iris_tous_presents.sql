-- An IRIS that a source leaves out would lower its district without a word.
{{ config(
    meta={'dagster': {'ref': {'name': 'stg_insee__population'}}},
    description="Un IRIS du territoire manque au recensement, aux familles ou à la Caf."
) }}

with

presents as (
    select
        iris,
        'recensement ' || millesime as fichier
    from {{ ref('stg_insee__population') }}
    union all
    select
        iris,
        'familles ' || millesime as fichier
    from {{ ref('stg_insee__familles') }}
    union all
    select
        iris,
        'Caf ' || millesime as fichier
    from {{ ref('stg_caf__allocataires') }}
),

attendus as (
    select
        iris.iris,
        fichiers.fichier
    from {{ ref('stg_insee__iris') }} as iris
    cross join (select distinct fichier from presents) as fichiers
)

select
    attendus.iris,
    attendus.fichier
from attendus
anti join presents
    on
        attendus.iris = presents.iris
        and attendus.fichier = presents.fichier
