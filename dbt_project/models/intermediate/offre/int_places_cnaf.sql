-- The Cnaf publishes the communes of more than 10 000 inhabitants only. Places add up, if every
-- commune has its own; a rate never does: it stands where one Insee commune is the whole.
with

chiffres as (
    unpivot (
        select
            territoire_id as commune_insee,
            * exclude (territoire_id)
        from {{ ref('stg_caf__places') }}
    )
    on columns(* exclude (commune_insee, annee, edition, geographie, source_id))
    into name mesure value valeur
),

{{ sommes_des_communes() }},

publies as (
    unpivot {{ ref('stg_caf__couverture') }}
    on columns(* exclude (territoire_id, annee, edition, geographie, source_id))
    into name mode value taux_couverture_pct
),

taux as (
    select
        communes.territoire_id,
        communes.niveau,
        communes.communes_insee,
        publies.annee,
        publies.mode,
        publies.taux_couverture_pct,
        publies.edition,
        publies.source_id
    from publies
    left join {{ ref('int_passage_communes') }} as passages
        on
            publies.territoire_id = passages.code_source
            and publies.geographie = passages.geographie_source
    inner join {{ ref('int_communes_insee') }} as communes
        on coalesce(passages.code_cible, publies.territoire_id) = communes.commune_insee
    where
        communes.communes_insee = 1
        and coalesce(passages.part, 1) = 1
        and coalesce(passages.codes_reunis, 1) = 1
),

references_publiees as (
    unpivot {{ ref('stg_caf__couverture_references') }}
    on columns(* exclude (territoire_id, perimetre, annee, edition, source_id))
    into name mode value taux_couverture_pct
)

select
    coalesce(places.territoire_id, taux.territoire_id) as territoire_id,
    coalesce(places.niveau, taux.niveau) as niveau,
    cast(null as varchar) as perimetre,
    coalesce(places.communes_insee, taux.communes_insee) as communes_insee,
    coalesce(places.communes_absentes, 0) as communes_absentes,
    coalesce(places.annee, taux.annee) as annee,
    {{ libelle_mode('coalesce(places.mesure, taux.mode)') }} as mode,
    if(places.communes_absentes = 0, cast(places.valeur as bigint), null) as places,
    taux.taux_couverture_pct,
    coalesce(places.edition, taux.edition) as edition,
    concat_ws(' ; ', places.source_id, taux.source_id) as sources
from sommes as places
full join taux
    on
        places.territoire_id = taux.territoire_id
        and places.annee = taux.annee
        and places.mesure = taux.mode
        and places.edition = taux.edition
union all
select
    publiees.territoire_id,
    territoires.niveau,
    publiees.perimetre,
    null as communes_insee,
    null as communes_absentes,
    publiees.annee,
    {{ libelle_mode('publiees.mode') }} as mode,
    null as places,
    publiees.taux_couverture_pct,
    publiees.edition,
    publiees.source_id as sources
from references_publiees as publiees
inner join {{ ref('int_territoires') }} as territoires
    on publiees.territoire_id = territoires.territoire_id
where territoires.niveau = 'référence'
