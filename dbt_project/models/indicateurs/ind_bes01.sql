-- Each vintage has its own denominator: without the census of that vintage there is no rate.
select
    'BES01' as indicateur_id,
    caf.tranche_age as declinaison,
    'Enfants connus de la Caf' as libelle,
    caf.territoire_id,
    caf.niveau,
    caf.millesime,
    caf.edition || coalesce(' ; ' || population.edition, '') as edition,
    100 * caf.borne_basse / nullif(population.personnes, 0) as valeur,
    cast(caf.borne_basse as double) as numerateur,
    population.personnes as denominateur,
    '% des enfants' as unite,
    100 * caf.borne_basse / nullif(population.borne_haute_personnes, 0) as borne_basse,
    100 * caf.borne_haute / nullif(population.borne_basse_personnes, 0) as borne_haute,
    caf.population_couverte_pct as completude_pct,
    case
        when coalesce(population.personnes, 0) = 0 then 'non calculable'
        when caf.iris_masques + caf.cellules_vides > 0 then 'estimé'
        else 'calculé'
    end as statut,
    case
        when population.personnes = 0 then 'Aucun enfant de la tranche d’âge au recensement.'
        when population.personnes is null
            then
                'Le recensement ' || caf.millesime
                || ' n’est pas dans les sources : pas de dénominateur du même millésime.'
        when caf.iris_masques > 0
            then
                'Plancher : ' || caf.iris_masques || ' IRIS masqué(s) sur ' || caf.iris_total
                || ' et ' || caf.cellules_vides || ' cellule(s) de 0 à 4 ; la borne haute y '
                || 'suppose tous les enfants du recensement.'
        when caf.cellules_vides > 0
            then caf.cellules_vides || ' cellule(s) de 0 à 4.'
    end as motif,
    caf.source_id || coalesce(' ; ' || population.source_id, '') as sources
from {{ ref('int_caf_territoires') }} as caf
left join {{ ref('int_population_territoires') }} as population
    on
        caf.territoire_id = population.territoire_id
        and caf.tranche_age = population.tranche_age
        and caf.millesime = population.millesime
where
    caf.mesure = 'enfants couverts'
    and caf.niveau in ('commune', 'district')
