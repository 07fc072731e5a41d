-- The draws of the census carry its uncertainty; what the future does to births is in the
-- hypotheses.
with

-- What is not drawn is said once a year, not once a draw.
annees as (
    select
        annee,
        tranche_age,
        hypothese_naissances,
        millesime,
        edition,
        {{ somme('naissances') }} as naissances,
        bool_and(naissances_connues) as naissances_connues,
        any_value(enfants_pour_100_naissances) as enfants_pour_100_naissances,
        max(if(tranche_recensee = tranche_age, coefficient, null)) as coefficient,
        any_value(sources) as sources
    from {{ ref('int_cohortes_projetees') }}
    group by
        annee,
        tranche_age,
        hypothese_naissances,
        millesime,
        edition
),

tirages as (
    select
        recensement.territoire_id,
        recensement.tirage,
        cohortes.annee,
        cohortes.tranche_age,
        cohortes.hypothese_naissances,
        {{ somme('cohortes.coefficient * recensement.personnes') }} as enfants,
        cohortes.millesime,
        cohortes.edition
    from {{ ref('est_population') }} as recensement
    inner join {{ ref('int_cohortes_projetees') }} as cohortes
        on
            recensement.tranche_age = cohortes.tranche_recensee
            and recensement.millesime = cohortes.millesime
            and recensement.edition = cohortes.edition
    group by
        recensement.territoire_id,
        recensement.tirage,
        cohortes.annee,
        cohortes.tranche_age,
        cohortes.hypothese_naissances,
        cohortes.millesime,
        cohortes.edition
),

bornes as (
    select
        territoire_id,
        annee,
        tranche_age,
        hypothese_naissances,
        millesime,
        edition,
        {{ valeur_tiree('enfants') }} as enfants,
        {{ borne_basse_tiree('enfants') }} as borne_basse_enfants,
        {{ borne_haute_tiree('enfants') }} as borne_haute_enfants
    from tirages
    group by
        territoire_id,
        annee,
        tranche_age,
        hypothese_naissances,
        millesime,
        edition
)

select
    bornes.territoire_id,
    territoires.niveau,
    bornes.annee,
    bornes.tranche_age,
    bornes.hypothese_naissances,
    bornes.enfants,
    bornes.borne_basse_enfants,
    bornes.borne_haute_enfants,
    annees.naissances as naissances_territoire,
    annees.naissances_connues,
    annees.enfants_pour_100_naissances,
    annees.coefficient,
    bornes.millesime as millesime_recensement,
    bornes.edition as edition_recensement,
    annees.sources
from bornes
inner join annees
    on
        bornes.annee = annees.annee
        and bornes.tranche_age = annees.tranche_age
        and bornes.hypothese_naissances = annees.hypothese_naissances
        and bornes.millesime = annees.millesime
        and bornes.edition = annees.edition
inner join {{ ref('int_territoires') }} as territoires
    on bornes.territoire_id = territoires.territoire_id
