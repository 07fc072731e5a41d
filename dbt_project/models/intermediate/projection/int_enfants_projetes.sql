-- The draws of the census carry its uncertainty; what the future does to births is in the
-- hypotheses.
with

tirages as (
    select
        recensement.territoire_id,
        recensement.tirage,
        cohortes.annee,
        cohortes.tranche_age,
        cohortes.hypothese_naissances,
        {{ somme('cohortes.coefficient * recensement.personnes') }} as enfants,
        {{ somme('cohortes.naissances') }} as naissances,
        bool_and(cohortes.naissances_connues) as naissances_connues,
        any_value(cohortes.enfants_pour_100_naissances) as enfants_pour_100_naissances,
        max(if(cohortes.tranche_recensee = cohortes.tranche_age, cohortes.coefficient, null))
            as coefficient,
        cohortes.millesime,
        cohortes.edition,
        any_value(cohortes.sources) as sources
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
)

select
    tirages.territoire_id,
    territoires.niveau,
    tirages.annee,
    tirages.tranche_age,
    tirages.hypothese_naissances,
    {{ valeur_tiree('tirages.enfants') }} as enfants,
    {{ borne_basse_tiree('tirages.enfants') }} as borne_basse_enfants,
    {{ borne_haute_tiree('tirages.enfants') }} as borne_haute_enfants,
    any_value(tirages.naissances) as naissances_territoire,
    any_value(tirages.naissances_connues) as naissances_connues,
    any_value(tirages.enfants_pour_100_naissances) as enfants_pour_100_naissances,
    any_value(tirages.coefficient) as coefficient,
    tirages.millesime as millesime_recensement,
    tirages.edition as edition_recensement,
    any_value(tirages.sources) as sources
from tirages
inner join {{ ref('int_territoires') }} as territoires
    on tirages.territoire_id = territoires.territoire_id
group by
    tirages.territoire_id,
    territoires.niveau,
    tirages.annee,
    tirages.tranche_age,
    tirages.hypothese_naissances,
    tirages.millesime,
    tirages.edition
