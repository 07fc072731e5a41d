-- A workbook feeds several tables: those that the indicator reads.
with

citations as (
    select
        indicateur_id,
        declinaison,
        territoire_id,
        millesime,
        edition,
        unnest(list_distinct(string_split(sources, ' ; '))) as source_id
    from {{ ref('valeurs') }}
),

catalogue as (
    select
        indicateur_id,
        modele,
        sujets,
        etendue,
        depart,
        unnest(declinaisons) as declinaison
    from {{ ref('stg_observatoire__indicateurs') }}
),

departs as (
    select distinct
        valeurs.indicateur_id,
        valeurs.territoire_id,
        valeurs.edition,
        valeurs.millesime
    from {{ ref('valeurs') }} as valeurs
    semi join catalogue on valeurs.indicateur_id = catalogue.depart
)

select
    citations.indicateur_id,
    citations.declinaison,
    citations.territoire_id,
    citations.millesime,
    citations.edition,
    citations.source_id,
    admissions.objet,
    catalogue.sujets,
    coalesce(ensembles.territoire_id, citations.territoire_id) as territoire_demande,
    coalesce(departs.millesime, citations.millesime) as annee_demandee,
    chemins.modeles
from citations
inner join catalogue
    on
        citations.indicateur_id = catalogue.indicateur_id
        and citations.declinaison = catalogue.declinaison
-- Where the value of one place depends on the others, the rows asked for are those of all of them.
left join {{ ref('int_territoires') }} as ensembles on catalogue.etendue = ensembles.niveau
-- A projection to a year to come reads the rows of the year that it starts from.
left join departs
    on
        catalogue.depart = departs.indicateur_id
        and citations.territoire_id = departs.territoire_id
        and citations.edition = departs.edition
inner join {{ ref('stg_observatoire__admissions') }} as admissions
    on citations.source_id = admissions.source_id
inner join {{ ref('int_chemins') }} as chemins
    on
        catalogue.modele = chemins.modele
        and admissions.objet = chemins.objet
