with

tranches (categorie, declinaison, tranche_age) as (
    values
    ('école maternelle', 'maternelles', '3-5 ans'),
    ('école élémentaire', 'élémentaires', '6-10 ans')
)

select
    'ECO01' as indicateur_id,
    tranches.declinaison,
    ecoles.territoire_id,
    ecoles.niveau,
    ecoles.millesime,
    concat_ws(' ; ', ecoles.edition, population.edition) as edition,
    1000 * ecoles.ecoles / nullif(population.personnes, 0) as valeur,
    cast(ecoles.ecoles as double) as numerateur,
    population.personnes as denominateur,
    1000 * ecoles.ecoles / nullif(population.borne_haute_personnes, 0) as borne_basse,
    1000 * ecoles.ecoles / nullif(population.borne_basse_personnes, 0) as borne_haute,
    100.0 as completude_pct,
    if(population.personnes > 0, 'calculé', 'non calculable') as statut,
    case
        when population.personnes = 0 then 'Aucun enfant de la tranche d’âge au recensement. '
        when population.personnes is null
            then
                'Le recensement ' || ecoles.millesime
                || ' n’est pas dans les sources : pas de dénominateur du même millésime. '
        else ''
    end
    || 'Écoles publiques et privées de la BPE, types '
    || array_to_string(ecoles.types_comptes, ' et ') || '. '
    || if(
        list_contains(ecoles.types_comptes, 'C108'),
        'Une école primaire (C108) compte parmi les maternelles et parmi les élémentaires.',
        'Une école primaire n’y compte que parmi les élémentaires.'
    ) as motif,
    concat_ws(' ; ', ecoles.source_id, population.source_id) as sources
from {{ ref('int_ecoles_territoires') }} as ecoles
inner join tranches on ecoles.categorie = tranches.categorie
left join {{ ref('int_population_territoires') }} as population
    on
        ecoles.territoire_id = population.territoire_id
        and tranches.tranche_age = population.tranche_age
        and ecoles.millesime = population.millesime
where ecoles.niveau in ('commune', 'district')
