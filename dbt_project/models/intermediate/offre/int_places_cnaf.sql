with

places as (
    unpivot {{ ref('stg_caf__places') }}
    on columns(* exclude (territoire_id, annee, edition, source_id))
    into name mode value places
),

taux as (
    unpivot {{ ref('stg_caf__couverture') }}
    on columns(* exclude (territoire_id, annee, edition, source_id))
    into name mode value taux_couverture_pct
)

select
    places.territoire_id,
    territoires.niveau,
    places.annee,
    {{ libelle_mode('places.mode') }} as mode,
    places.places,
    taux.taux_couverture_pct,
    places.edition,
    places.source_id || ' ; ' || taux.source_id as sources
from places
inner join {{ ref('int_territoires') }} as territoires
    on places.territoire_id = territoires.territoire_id
left join taux
    on
        places.territoire_id = taux.territoire_id
        and places.annee = taux.annee
        and places.mode = taux.mode
