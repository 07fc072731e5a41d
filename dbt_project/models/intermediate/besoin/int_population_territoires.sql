-- The sum of some IRIS only is not the figure of a territory: it stands if all of them are there.
with

sommes as (
    select
        appartenances.territoire_id,
        appartenances.niveau,
        population.tranche_age,
        population.millesime,
        population.edition,
        population.source_id,
        {{ somme('population.personnes') }} as personnes
    from {{ ref('int_population_iris') }} as population
    inner join {{ ref('int_iris_territoires') }} as appartenances
        on population.iris = appartenances.iris
    group by
        appartenances.territoire_id,
        appartenances.niveau,
        population.tranche_age,
        population.millesime,
        population.edition,
        population.source_id
    having count(*) = any_value(appartenances.iris_du_territoire)
)

select
    territoire_id,
    niveau,
    tranche_age,
    millesime,
    edition,
    personnes,
    {{ borne_basse_recensement('personnes') }} as borne_basse_personnes,
    {{ borne_haute_recensement('personnes') }} as borne_haute_personnes,
    source_id
from sommes
