-- EAJE places as the Cnaf publishes them, for Insee communes only.
with

chiffres as (
    select
        territoire_id as commune_insee,
        annee,
        'eaje_ensemble' as mesure,
        eaje_ensemble as valeur,
        geographie,
        edition,
        source_id
    from {{ ref('stg_caf__places') }}
),

{{ passes_des_communes() }}

select
    commune_insee,
    annee as millesime,
    edition,
    cast(valeur as bigint) as places,
    source_id
from passes
where complete
