-- An IRIS that a source leaves out would lower its district without a word.
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
),

fichiers as (
    select distinct fichier from presents
),

attendus as (
    select
        iris.iris,
        fichiers.fichier
    from {{ ref('stg_insee__iris') }} as iris
    cross join fichiers
)

select
    attendus.iris,
    attendus.fichier
from attendus
anti join presents
    on
        attendus.iris = presents.iris
        and attendus.fichier = presents.fichier
