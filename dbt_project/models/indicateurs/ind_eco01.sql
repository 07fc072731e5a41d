with

ecoles (type_equipement, declinaison, tranche_age) as (
    values
    ('C101', 'maternelles', '3-5 ans'),
    ('C104', 'élémentaires', '6-10 ans')
)

select
    'ECO01' as indicateur_id,
    ecoles.declinaison,
    'Écoles pour 1 000 enfants' as libelle,
    equipements.territoire_id,
    equipements.niveau,
    equipements.millesime,
    equipements.edition || ' ; ' || population.edition as edition,
    1000 * equipements.equipements / nullif(population.personnes, 0) as valeur,
    cast(equipements.equipements as double) as numerateur,
    population.personnes as denominateur,
    'écoles pour 1 000 enfants de ' || replace(population.tranche_age, '-', ' à ') as unite,
    1000 * equipements.equipements / nullif(population.borne_haute_personnes, 0) as borne_basse,
    1000 * equipements.equipements / nullif(population.borne_basse_personnes, 0) as borne_haute,
    100.0 as completude_pct,
    if(population.personnes = 0, 'non calculable', 'calculé') as statut,
    if(population.personnes = 0, 'Aucun enfant de la tranche d’âge au recensement. ', '')
    || 'Écoles publiques et privées de la BPE, types C101 et C104.' as motif,
    equipements.source_id || ' ; ' || population.source_id as sources
from {{ ref('int_equipements_territoires') }} as equipements
inner join ecoles on equipements.type_equipement = ecoles.type_equipement
inner join {{ ref('int_population_territoires') }} as population
    on
        equipements.territoire_id = population.territoire_id
        and ecoles.tranche_age = population.tranche_age
        and equipements.millesime = population.millesime
where equipements.niveau in ('commune', 'district')
