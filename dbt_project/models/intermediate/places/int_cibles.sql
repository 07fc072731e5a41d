-- What each target asks for, and the file that says it. A rate of cibles.csv holds for every year,
-- and stands before the one that the Cnaf publishes, which holds for its own. The département is
-- the reference that most communes of the territory are in: its code begins theirs.
with

territoires as (
    select * from {{ ref('int_territoires') }}
),

departement as (
    select areas.territoire_id
    from territoires as areas
    inner join territoires as communes
        on starts_with(communes.commune_insee, areas.territoire_id)
    where
        areas.niveau = 'référence'
        and communes.niveau = 'commune'
    group by areas.territoire_id
    order by
        count(*) desc,
        areas.territoire_id asc
    limit 1
),

comparaisons as (
    select
        'département' as cible_id,
        territoire_id
    from departement
    union all
    select
        'France' as cible_id,
        'F' as territoire_id
),

publiees as (
    select
        comparaisons.cible_id,
        places.annee,
        places.taux_couverture_pct as taux_pct,
        places.sources as source_id
    from {{ ref('int_places_cnaf') }} as places
    inner join comparaisons on places.territoire_id = comparaisons.territoire_id
    where
        places.niveau = 'référence'
        and places.mode = 'EAJE, ensemble'
    qualify row_number() over (
        partition by comparaisons.cible_id, places.annee
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
