-- Without a type a line is in no count.
with

types as (
    select
        type_service,
        type_service || ' (' || string_agg(rubrique, ', ' order by rubrique) || ')' as connus
    from ({{ rubriques() }})
    group by type_service
),

connues as (
    select string_agg(connus, ' ; ' order by connus) as types_connus
    from types
)

select
    registre.ligne_id,
    registre.rubrique,
    registre.type_service,
    connues.types_connus
from {{ ref('int_registre') }} as registre
cross join connues
anti join types on registre.type_service = types.type_service
