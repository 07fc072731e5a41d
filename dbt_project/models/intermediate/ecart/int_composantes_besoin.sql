-- The components of an index are of one year: the last one of those that have the most of them.
-- The share of children known to the Caf (BES01) is not one of them: it says how two sources agree
-- (108 % in one district of 2019) more than it says need, and secrecy hides a third of a poor one.
with

mesures as (
    select
        'pauvreté' as composante,
        unnest(range(len(taux_pauvrete_pct))) as tirage,
        territoire_id,
        niveau,
        millesime,
        edition,
        unnest(taux_pauvrete_pct) as valeur
    from {{ ref('est_revenus') }}
    union all
    select
        'monoparentalité' as composante,
        unnest(range(len(part_monoparentales_pct))) as tirage,
        territoire_id,
        niveau,
        millesime,
        edition,
        unnest(part_monoparentales_pct) as valeur
    from {{ ref('est_familles') }}
    union all
    select
        'jeunes enfants' as composante,
        enfants.tirage,
        enfants.territoire_id,
        territoires.niveau,
        enfants.millesime,
        enfants.edition,
        100 * enfants.personnes / nullif(habitants.personnes, 0) as valeur
    from {{ ref('est_population') }} as enfants
    inner join {{ ref('est_population') }} as habitants
        on
            enfants.territoire_id = habitants.territoire_id
            and enfants.tirage = habitants.tirage
            and enfants.millesime = habitants.millesime
            and enfants.edition = habitants.edition
    inner join {{ ref('int_territoires') }} as territoires
        on enfants.territoire_id = territoires.territoire_id
    where
        enfants.tranche_age = '0-2 ans'
        and habitants.tranche_age = 'ensemble'
),

districts as (
    select *
    from mesures
    where
        niveau = 'district'
        and valeur is not null
),

millesimes as (
    select millesime
    from districts
    group by millesime
    qualify row_number() over (order by count(distinct composante) desc, millesime desc) = 1
)

select
    districts.composante,
    districts.tirage,
    districts.territoire_id,
    districts.millesime,
    districts.edition,
    districts.valeur
from districts
inner join millesimes on districts.millesime = millesimes.millesime
qualify
    dense_rank() over (partition by districts.composante order by districts.edition desc) = 1
