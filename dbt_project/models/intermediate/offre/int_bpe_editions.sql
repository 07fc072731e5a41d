-- Nothing in a file says which codes it uses but its rows. Editions of one vintage describe the
-- same equipment: one is enough to reconcile, the aggregated one if it is there, the latest.
select
    bpe.millesime,
    bpe.edition,
    bpe.source_id,
    coalesce(
        list_sort(list(distinct types.nomenclature) filter (where types.nomenclature is not null)),
        []
    ) as nomenclatures,
    row_number() over (
        partition by bpe.millesime
        order by bpe.forme asc, bpe.edition desc, bpe.source_id desc
    ) = 1 as rapprochee
from {{ ref('int_bpe') }} as bpe
left join {{ ref('int_types_equipement') }} as types
    on bpe.type_equipement = types.type_equipement
group by
    bpe.millesime,
    bpe.edition,
    bpe.source_id,
    bpe.forme
