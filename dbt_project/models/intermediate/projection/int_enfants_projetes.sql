-- The draws of the census carry its uncertainty; a coefficient that is the same in each of them
-- moves their quantiles with them. What the future does to births is in the hypotheses.
with

recensement as (
    select
        territoire_id,
        tranche_age,
        millesime,
        edition,
        {{ valeur_tiree('personnes') }} as personnes,
        {{ borne_basse_tiree('personnes') }} as borne_basse,
        {{ borne_haute_tiree('personnes') }} as borne_haute
    from {{ ref('est_population') }}
    group by
        territoire_id,
        tranche_age,
        millesime,
        edition
)

select
    recensement.territoire_id,
    territoires.niveau,
    cohortes.annee,
    cohortes.tranche_age,
    cohortes.hypothese_naissances,
    cohortes.coefficient * recensement.personnes as enfants,
    cohortes.coefficient * recensement.borne_basse as borne_basse_enfants,
    cohortes.coefficient * recensement.borne_haute as borne_haute_enfants,
    cohortes.naissances as naissances_territoire,
    cohortes.naissances_connues,
    cohortes.enfants_pour_100_naissances,
    cohortes.coefficient,
    cohortes.millesime as millesime_recensement,
    cohortes.edition as edition_recensement,
    cohortes.sources
from recensement
inner join {{ ref('int_cohortes_projetees') }} as cohortes
    on
        recensement.tranche_age = cohortes.tranche_age
        and recensement.millesime = cohortes.millesime
        and recensement.edition = cohortes.edition
inner join {{ ref('int_territoires') }} as territoires
    on recensement.territoire_id = territoires.territoire_id
