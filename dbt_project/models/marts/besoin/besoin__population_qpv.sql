-- Beside each quarter the file prints the people of its communes together, and those of them who
-- live in any quarter: a quarter that lies in one commune tells both of that commune, without a
-- split. The names are those of Insee communes: « Lille » holds Hellemmes and Lomme.
with

communes as (
    select distinct
        commune_insee,
        libelle_commune
    from {{ ref('int_iris') }}
),

-- Quarters that do not agree on their commune say nothing of it.
chiffres as (
    select
        communes as libelle_commune,
        any_value(personnes_qpv_communes) as personnes_qpv,
        any_value(personnes_communes) as personnes,
        millesime,
        edition,
        source_id
    from {{ ref('stg_insee__qpv') }}
    where personnes_communes > 0
    group by
        communes,
        millesime,
        edition,
        source_id
    having
        count(distinct personnes_qpv_communes) = 1
        and count(distinct personnes_communes) = 1
)

select
    territoires.territoire_id,
    territoires.niveau,
    chiffres.millesime,
    chiffres.edition,
    chiffres.personnes_qpv,
    chiffres.personnes,
    100 * chiffres.personnes_qpv / chiffres.personnes as part_qpv_pct,
    chiffres.source_id
from chiffres
inner join communes on chiffres.libelle_commune = communes.libelle_commune
inner join {{ ref('int_communes_insee') }} as territoires
    on communes.commune_insee = territoires.commune_insee
where territoires.communes_insee = 1
