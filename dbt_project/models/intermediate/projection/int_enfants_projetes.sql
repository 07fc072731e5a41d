-- The draws of the census carry its uncertainty; what the future does to births is in the
-- hypotheses.
with

cohortes as (
    select * from {{ ref('int_cohortes_projetees') }}
),

tranches as (
    select list(distinct tranche_recensee order by tranche_recensee) as recensees
    from cohortes
),

-- What is not drawn, once a year; and what the band is made of, a coefficient a counted band.
annees as (
    select
        cohortes.annee,
        cohortes.tranche_age,
        cohortes.hypothese_naissances,
        cohortes.millesime,
        cohortes.edition,
        {{ somme('cohortes.naissances') }} as naissances,
        bool_and(cohortes.naissances_connues) as naissances_connues,
        any_value(cohortes.enfants_pour_100_naissances) as enfants_pour_100_naissances,
        max(cohortes.coefficient) filter (
            where cohortes.tranche_recensee = cohortes.tranche_age
        ) as coefficient,
        map_from_entries(list((cohortes.tranche_recensee, cohortes.coefficient))) as coefficients,
        any_value(cohortes.sources) as sources
    from cohortes
    group by
        cohortes.annee,
        cohortes.tranche_age,
        cohortes.hypothese_naissances,
        cohortes.millesime,
        cohortes.edition
),

compositions as (
    select
        *,
        [
            coalesce(coefficients[tranche], 0)
            for tranche in (select tranches.recensees from tranches)
        ] as composition
    from annees
),

recensements as (
    select
        population.territoire_id,
        population.millesime,
        population.edition,
        list(population.personnes order by population.tranche_age) as tirages_par_tranche
    from {{ ref('est_population_listes') }} as population
    inner join tranches on list_contains(tranches.recensees, population.tranche_age)
    group by
        population.territoire_id,
        population.millesime,
        population.edition
    having count(*) = any_value(len(tranches.recensees))
),

tranches_par_tirage as (
    select
        * exclude (tirages_par_tranche),
        [
            [tirages[numero] for tirages in tirages_par_tranche]
            for numero in range(1, len(tirages_par_tranche[1]) + 1)
        ] as personnes
    from recensements
),

-- Where no births have to be supposed, every hypothesis, and often several years, have the same
-- composition: their children are drawn once.
parcours as (
    select
        millesime,
        edition,
        composition,
        row_number() over (order by millesime, edition, composition) as parcours_id
    from compositions
    group by
        millesime,
        edition,
        composition
),

croisements as (
    select
        recensements.territoire_id,
        recensements.personnes,
        parcours.parcours_id,
        parcours.composition
    from tranches_par_tirage as recensements
    inner join parcours
        on
            recensements.millesime = parcours.millesime
            and recensements.edition = parcours.edition
),

tirages as (
    select
        territoire_id,
        parcours_id,
        [list_inner_product(composition, tranches) for tranches in personnes] as enfants
    from croisements
),

bornes as (
    select
        territoire_id,
        parcours_id,
        {{ valeur_de_liste('enfants') }} as enfants,
        {{ borne_basse_de_liste('enfants') }} as borne_basse_enfants,
        {{ borne_haute_de_liste('enfants') }} as borne_haute_enfants
    from tirages
)

select
    bornes.territoire_id,
    territoires.niveau,
    compositions.annee,
    compositions.tranche_age,
    compositions.hypothese_naissances,
    bornes.enfants,
    bornes.borne_basse_enfants,
    bornes.borne_haute_enfants,
    compositions.naissances as naissances_territoire,
    compositions.naissances_connues,
    compositions.enfants_pour_100_naissances,
    compositions.coefficient,
    compositions.millesime as millesime_recensement,
    compositions.edition as edition_recensement,
    compositions.sources
from bornes
inner join parcours on bornes.parcours_id = parcours.parcours_id
inner join compositions
    on
        parcours.millesime = compositions.millesime
        and parcours.edition = compositions.edition
        and parcours.composition = compositions.composition
inner join {{ ref('int_territoires') }} as territoires
    on bornes.territoire_id = territoires.territoire_id
