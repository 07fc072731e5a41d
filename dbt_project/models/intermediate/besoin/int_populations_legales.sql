-- A commune and a part of it may bear one code, each in its own file: the whole is the larger. An
-- associated commune has a code of its own, that of the territory that it is.
with

lues as (
    select
        commune_insee,
        max(personnes) as personnes,
        millesime,
        edition,
        geographie
    from {{ ref('stg_insee__populations_legales') }}
    group by
        commune_insee,
        millesime,
        edition,
        geographie
),

chiffres as (
    select
        commune_insee,
        millesime as annee,
        'population municipale' as mesure,
        personnes as valeur,
        geographie,
        edition,
        cast(null as varchar) as source_id
    from lues
),

{{ sommes_des_communes() }}

select
    territoire_id,
    annee as millesime,
    edition,
    cast(round(valeur) as bigint) as personnes
from sommes
where
    communes_insee = 1
    and communes_absentes = 0
union all
select
    lues.commune_insee as territoire_id,
    lues.millesime,
    lues.edition,
    lues.personnes
from lues
inner join {{ ref('int_territoires') }} as associees
    on
        lues.commune_insee = associees.territoire_id
        and associees.niveau = 'commune'
        and associees.commune_insee <> associees.territoire_id
