with

equipements as (
    select
        equipements.territoire_id,
        equipements.niveau,
        equipements.type_equipement,
        equipements.equipements,
        equipements.equipements_non_places,
        equipements.millesime,
        equipements.edition,
        equipements.source_id,
        equipements.rapprochee,
        unnest(types.categories) as categorie
    from {{ ref('int_equipements_territoires') }} as equipements
    inner join {{ ref('int_types_equipement') }} as types
        on equipements.type_equipement = types.type_equipement
)

select
    territoire_id,
    niveau,
    categorie,
    millesime,
    edition,
    source_id,
    rapprochee,
    cast(sum(equipements) as bigint) as ecoles,
    cast(sum(equipements_non_places) as bigint) as ecoles_non_placees,
    list_sort(list(type_equipement)) as types_comptes
from equipements
where starts_with(categorie, 'école')
group by
    territoire_id,
    niveau,
    categorie,
    millesime,
    edition,
    source_id,
    rapprochee
