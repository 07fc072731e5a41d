-- What each target asks for, and the file that says it. A rate of cibles.csv holds for every year,
-- and stands before the one that the Cnaf publishes, which holds for its own.
with

publiees as (
    select
        cibles.cible_id,
        places.annee,
        places.taux_couverture_pct as taux_pct,
        places.sources as source_id
    from {{ ref('int_places_cnaf') }} as places
    inner join (values ('nord', '59'), ('france', 'F')) as cibles (cible_id, territoire_id)
        on places.territoire_id = cibles.territoire_id
    where
        places.niveau = 'référence'
        and places.mode = 'EAJE, ensemble'
    qualify row_number() over (
        partition by cibles.cible_id, places.annee
        order by places.edition desc
    ) = 1
)

select
    cible_id,
    cast(null as bigint) as annee,
    taux_eaje_pct as taux_pct,
    source_id
from {{ ref('stg_convention__cibles') }}
union all
select
    publiees.cible_id,
    publiees.annee,
    publiees.taux_pct,
    publiees.source_id
from publiees
anti join {{ ref('stg_convention__cibles') }} as ecrites
    on publiees.cible_id = ecrites.cible_id
