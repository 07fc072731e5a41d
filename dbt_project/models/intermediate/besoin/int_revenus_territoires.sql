with

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
    {{ borne_basse_de_liste('tirages.taux_pauvrete_pct') }} as borne_basse_taux_pauvrete,
    {{ borne_haute_de_liste('tirages.taux_pauvrete_pct') }} as borne_haute_taux_pauvrete,
    iris.mediane_min_eur,
    iris.mediane_max_eur,
    iris.population_couverte,
    100 * iris.population_couverte / nullif(iris.population, 0) as population_couverte_pct
from iris
left join {{ ref('est_revenus') }} as tirages
    on
        iris.territoire_id = tirages.territoire_id
        and iris.millesime = tirages.millesime
        and iris.edition = tirages.edition
