with

territoires as (
    {{ territoires_nommes() }}
)

select
    population.territoire_id,
    territoires.territoire,
    territoires.commune,
    population.niveau,
    population.tranche_age,
    population.millesime,
    population.edition,
    population.personnes as enfants,
    population.borne_basse_personnes as borne_basse,
    population.borne_haute_personnes as borne_haute,
    {{
        intervalle(
            'population.borne_basse_personnes', 'population.borne_haute_personnes', entier=true
        )
    }} as intervalle
from {{ ref('besoin__population') }} as population
inner join territoires on population.territoire_id = territoires.territoire_id
where population.tranche_age in ('0-2 ans', '3-5 ans', '6-10 ans', '11-17 ans')
