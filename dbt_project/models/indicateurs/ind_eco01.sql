with

ecoles (type_equipement, declinaison, tranche_age) as (
    values
    ('C101', 'maternelles', '3-5 ans'),
    ('C104', 'élémentaires', '6-10 ans')
)

select
    'ECO01' as indicateur_id,
    ecoles.declinaison,
    equipements.territoire_id,
    equipements.niveau,
    equipements.millesime,
    concat_ws(' ; ', equipements.edition, population.edition) as edition,
    1000 * equipements.equipements / nullif(population.personnes, 0) as valeur,
    cast(equipements.equipements as double) as numerateur,
    population.personnes as denominateur,
    1000 * equipements.equipements / nullif(population.borne_haute_personnes, 0) as borne_basse,
    1000 * equipements.equipements / nullif(population.borne_basse_personnes, 0) as borne_haute,
    100.0 as completude_pct,
    if(population.personnes > 0, 'calculé', 'non calculable') as statut,
    case
        when population.personnes = 0 then 'Aucun enfant de la tranche d’âge au recensement. '
        when population.personnes is null
            then
                'Le recensement ' || equipements.millesime
                || ' n’est pas dans les sources : pas de dénominateur du même millésime. '
        else ''
    end
    || 'Écoles publiques et privées de la BPE, types C101 et C104.' as motif,
    concat_ws(' ; ', equipements.source_id, population.source_id) as sources
from {{ ref('int_equipements_territoires') }} as equipements
inner join ecoles on equipements.type_equipement = ecoles.type_equipement
left join {{ ref('int_population_territoires') }} as population
    on
        equipements.territoire_id = population.territoire_id
        and ecoles.tranche_age = population.tranche_age
        and equipements.millesime = population.millesime
where equipements.niveau in ('commune', 'district')
