-- Where EAJE places are: the services of known capacity, and the establishments of the BPE that are
-- none of them. A service that nothing places in an IRIS has a site in each IRIS where it may be,
-- with its part; one that may be in none (a crèche familiale) has a site without a point.
with

repartis as (
    select *
    from {{ ref('int_places_a_repartir') }}
    where empechement is null
),

etablissements as (
    select
        iris.*,
        repartis.edition as edition_repartie
    from {{ ref('int_etablissements_iris') }} as iris
    inner join repartis
        on
            iris.commune_insee = repartis.commune_insee
            and iris.millesime = repartis.millesime
            and ends_with(repartis.edition, iris.edition)
),

connus as (
    select
        eaje.*,
        repartis.millesime,
        repartis.edition
    from {{ ref('int_eaje') }} as eaje
    inner join repartis on eaje.commune_insee = repartis.commune_insee
    where eaje.places is not null
),

-- Only a collective service is one of the establishments of the BPE.
possibles as (
    select
        connus.service_id,
        connus.millesime,
        connus.edition,
        etablissements.iris,
        etablissements.unite_id,
        if(connus.unite_id is null, etablissements.part_commune, etablissements.part_unite) as part
    from connus
    inner join etablissements
        on
            connus.collectif
            and connus.iris is null
            and connus.millesime = etablissements.millesime
            and connus.edition = etablissements.edition_repartie
            and connus.commune_id = etablissements.commune_id
            and coalesce(connus.unite_id, etablissements.unite_id) = etablissements.unite_id
    where if(connus.unite_id is null, etablissements.part_commune, etablissements.part_unite) > 0
)

select
    connus.service_id || coalesce('@' || possibles.iris, '') as site_id,
    connus.service_id,
    connus.capacite_id,
    connus.commune_insee,
    connus.commune_id,
    coalesce(connus.unite_id, possibles.unite_id, connus.commune_id) as unite_id,
    coalesce(connus.iris, possibles.iris) as iris,
    connus.lon,
    connus.lat,
    coalesce(possibles.part, 1) as part,
    connus.places * coalesce(possibles.part, 1) as places_connues,
    cast(0 as double) as etablissements,
    connus.millesime,
    connus.edition
from connus
left join possibles
    on
        connus.service_id = possibles.service_id
        and connus.millesime = possibles.millesime
        and connus.edition = possibles.edition
union all
select
    'BPE-' || iris as site_id,
    null as service_id,
    null as capacite_id,
    commune_insee,
    commune_id,
    unite_id,
    iris,
    null as lon,
    null as lat,
    1 as part,
    null as places_connues,
    etablissements_restants as etablissements,
    millesime,
    edition_repartie as edition
from etablissements
where etablissements_restants > 0
