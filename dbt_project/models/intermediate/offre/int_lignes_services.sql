-- Two annexes that give the same type of service at the same address speak of the same service: the
-- first line of one with the first of the other, the second with the second.
with

lignes as (
    select
        registre.ligne_id,
        registre.annexe,
        registre.type_service,
        registre.commune_id,
        lieux.adresse_normalisee,
        row_number() over (
            partition by
                registre.annexe,
                registre.type_service,
                registre.commune_id,
                lieux.adresse_normalisee
            order by registre.ordre
        ) as rang
    from {{ ref('int_registre') }} as registre
    left join {{ ref('int_lieux') }} as lieux
        on
            registre.ligne_id = lieux.ligne_id
            and lieux.rang = 1
)

select
    ligne_id,
    if(
        adresse_normalisee is null,
        ligne_id,
        arg_min(ligne_id, annexe) over (
            partition by type_service, commune_id, adresse_normalisee, rang
        )
    ) as service_id
from lignes
