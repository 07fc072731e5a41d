-- The collective establishments that the BPE counts (D502), IRIS by IRIS, and how many of them are
-- no service of known capacity. A known service takes one establishment: that of its IRIS, else one
-- of its district, else one of its commune, where it is placed no better or none is left to take.
-- Which one it is among several is not known: each IRIS has its part, by the establishments that
-- are left there.
with

comptes as (
    select
        editions.millesime,
        editions.edition,
        editions.source_id,
        coalesce(passages_iris.code_cible, passages_communes.code_cible, bpe.iris) as lieu,
        {{ somme(
            'bpe.equipements * coalesce(passages_iris.part, passages_communes.part, 1)'
        ) }} as etablissements
    from {{ ref('int_bpe') }} as bpe
    inner join {{ ref('int_bpe_editions') }} as editions on bpe.source_id = editions.source_id
    left join {{ ref('int_passage_iris') }} as passages_iris
        on
            bpe.iris = passages_iris.code_source
            and bpe.geographie = passages_iris.geographie_source
    left join {{ ref('int_passage_communes') }} as passages_communes
        on
            bpe.iris = passages_communes.code_source
            and bpe.geographie = passages_communes.geographie_source
    where
        bpe.type_equipement = 'D502'
        and editions.rapprochee
    group by
        editions.millesime,
        editions.edition,
        editions.source_id,
        coalesce(passages_iris.code_cible, passages_communes.code_cible, bpe.iris)
),

editions as (
    select distinct
        millesime,
        edition,
        source_id
    from comptes
),

unites as (
    select
        iris,
        max(territoire_id) filter (where niveau = 'district') as district_id,
        max(territoire_id) filter (where niveau = 'commune') as commune_id
    from {{ ref('int_iris_territoires') }}
    group by iris
),

situes as (
    select
        iris.iris,
        iris.commune_insee,
        coalesce(unites.district_id, unites.commune_id) as unite_id,
        unites.commune_id,
        editions.millesime,
        editions.edition,
        editions.source_id,
        coalesce(dans_l_iris.etablissements, 0) as etablissements,
        coalesce(dans_la_commune.etablissements, 0) as etablissements_sans_iris
    from {{ ref('int_iris') }} as iris
    cross join editions
    left join unites on iris.iris = unites.iris
    left join comptes as dans_l_iris
        on
            iris.iris = dans_l_iris.lieu
            and editions.source_id = dans_l_iris.source_id
    left join comptes as dans_la_commune
        on
            iris.commune_insee = dans_la_commune.lieu
            and editions.source_id = dans_la_commune.source_id
),

-- Those that the BPE places in no IRIS are shared like the others.
etablis as (
    select
        * replace (
            etablissements + etablissements_sans_iris * coalesce(
                etablissements / nullif({{ somme_sur('etablissements', 'commune') }}, 0),
                1 / count(*) over commune
            ) as etablissements
        )
    from situes
    window commune as (partition by source_id, commune_insee)
),

connus as (
    select *
    from {{ ref('int_eaje') }}
    where
        collectif
        and places is not null
),

connus_iris as (
    select
        iris,
        count(*) as services
    from connus
    where iris is not null
    group by iris
),

connus_unites as (
    select
        unite_id,
        count(*) as services
    from connus
    where unite_id is not null
    group by unite_id
),

connus_communes as (
    select
        commune_id,
        count(*) as services
    from connus
    group by commune_id
),

par_iris as (
    select
        etablis.*,
        coalesce(connus_unites.services, 0) as connus_unite,
        coalesce(connus_communes.services, 0) as connus_commune,
        greatest(etablis.etablissements - coalesce(connus_iris.services, 0), 0) as restants_iris
    from etablis
    left join connus_iris on etablis.iris = connus_iris.iris
    left join connus_unites on etablis.unite_id = connus_unites.unite_id
    left join connus_communes on etablis.commune_id = connus_communes.commune_id
),

par_unite as (
    select
        *,
        {{ part_des_restants('restants_iris', 'unite') }} as part_unite,
        greatest({{ somme_sur('etablissements', 'unite') }} - connus_unite, 0) as restants_unite
    from par_iris
    window unite as (partition by source_id, commune_insee, unite_id)
),

par_commune as (
    select
        *,
        {{ part_des_restants('restants_unite * part_unite', 'commune') }} as part_commune
    from par_unite
    window commune as (partition by source_id, commune_insee, commune_id)
)

select
    iris,
    commune_insee,
    commune_id,
    unite_id,
    millesime,
    edition,
    source_id,
    etablissements,
    part_unite,
    part_commune,
    greatest({{ somme_sur('etablissements', 'commune') }} - connus_commune, 0) * part_commune
        as etablissements_restants
from par_commune
window commune as (partition by source_id, commune_insee, commune_id)
