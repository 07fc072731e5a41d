-- The components of an index are of one year: the last one of those that have the most of them.
-- The share of children known to the Caf (BES01) is not one of them: it says how two sources agree
-- (108 % in one district of 2019) more than it says need, and secrecy hides a third of a poor one.
with

recensement as (
    select
        enfants.territoire_id,
        territoires.niveau,
        enfants.millesime,
        enfants.edition,
        enfants.personnes as enfants,
        habitants.personnes as habitants
    from {{ ref('est_population_listes') }} as enfants
    inner join {{ ref('est_population_listes') }} as habitants
        on
            enfants.territoire_id = habitants.territoire_id
            and enfants.millesime = habitants.millesime
            and enfants.edition = habitants.edition
    inner join {{ ref('int_territoires') }} as territoires
        on enfants.territoire_id = territoires.territoire_id
    where
        enfants.tranche_age = '0-2 ans'
        and habitants.tranche_age = 'ensemble'
),

mesures as (
    select
        'pauvreté' as composante,
        territoire_id,
        niveau,
        millesime,
        edition,
        taux_pauvrete_pct as valeurs
    from {{ ref('est_revenus') }}
    union all
    select
        'monoparentalité' as composante,
        territoire_id,
        niveau,
        millesime,
        edition,
        part_monoparentales_pct as valeurs
    from {{ ref('est_familles') }}
    union all
    select
        'jeunes enfants' as composante,
        territoire_id,
        niveau,
        millesime,
        edition,
        [100 * p[1] / nullif(p[2], 0) for p in list_zip(enfants, habitants)] as valeurs
    from recensement
),

-- What is not known on a draw is not standardised on it: the district does not have it.
districts as (
    select *
    from mesures
    where
        niveau = 'district'
        and list_count(valeurs) = len(valeurs)
),

millesimes as (
    select millesime
    from districts
    group by millesime
    qualify row_number() over (order by count(distinct composante) desc, millesime desc) = 1
)

select
    districts.composante,
    districts.territoire_id,
    districts.millesime,
    districts.edition,
    districts.valeurs
from districts
inner join millesimes on districts.millesime = millesimes.millesime
qualify
    dense_rank() over (partition by districts.composante order by districts.edition desc) = 1
