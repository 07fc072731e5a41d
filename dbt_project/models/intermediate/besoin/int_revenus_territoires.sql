-- The rate of an IRIS that has none is drawn among those that are published: with too few of them
-- it is not known what it may be.
with

taux as (
    select
        millesime,
        edition,
        count(taux_pauvrete_pct) >= {{ var('taux_minimum') }} as en_nombre
    from {{ ref('int_revenus_iris') }}
    group by
        millesime,
        edition
),

iris as (
    select
        appartenances.territoire_id,
        appartenances.niveau,
        revenus.millesime,
        revenus.edition,
        revenus.sources,
        count(*) as iris_total,
        count(revenus.taux_pauvrete_pct) as iris_publies,
        min(revenus.mediane_eur) as mediane_min_eur,
        max(revenus.mediane_eur) as mediane_max_eur,
        {{ somme('revenus.personnes') }} as population,
        coalesce(
            {{ somme('if(revenus.taux_pauvrete_pct is null, null, revenus.personnes)') }}, 0
        ) as population_couverte
    from {{ ref('int_revenus_iris') }} as revenus
    inner join {{ ref('int_iris_territoires') }} as appartenances
        on revenus.iris = appartenances.iris
    group by
        appartenances.territoire_id,
        appartenances.niveau,
        revenus.millesime,
        revenus.edition,
        revenus.sources
)

select
    iris.territoire_id,
    iris.niveau,
    iris.millesime,
    iris.edition,
    iris.sources,
    iris.iris_total,
    iris.iris_publies,
    {{ valeur_de_liste('tirages.taux_pauvrete_pct') }} as taux_pauvrete_pct,
    if(
        taux.en_nombre or iris.iris_publies = iris.iris_total,
        {{ borne_basse_de_liste('tirages.taux_pauvrete_pct') }},
        null
    ) as borne_basse_taux_pauvrete,
    if(
        taux.en_nombre or iris.iris_publies = iris.iris_total,
        {{ borne_haute_de_liste('tirages.taux_pauvrete_pct') }},
        null
    ) as borne_haute_taux_pauvrete,
    iris.mediane_min_eur,
    iris.mediane_max_eur,
    iris.population_couverte,
    100 * iris.population_couverte / nullif(iris.population, 0) as population_couverte_pct
from iris
inner join taux
    on
        iris.millesime = taux.millesime
        and iris.edition = taux.edition
left join {{ ref('est_revenus') }} as tirages
    on
        iris.territoire_id = tirages.territoire_id
        and iris.millesime = tirages.millesime
        and iris.edition = tirages.edition
