-- A correction names the value that it expects to find: when the line no longer says it, the
-- correction has no object.
with

champs as (
    select
        registre.ligne_id,
        registre.nom_imprime as nom,
        registre.adresse_imprimee as adresse,
        imprimees.commune,
        registre.type_imprime as type_service,
        registre.operateur_lu as operateur
    from {{ ref('int_registre') }} as registre
    inner join {{ ref('stg_convention__registre') }} as imprimees
        on registre.ligne_id = imprimees.ligne_id
),

lues as (
    from champs
    unpivot include nulls (
        valeur_lue for champ in (nom, adresse, commune, type_service, operateur)
    )
)

select
    corrections.ligne_id,
    corrections.champ,
    corrections.valeur_attendue,
    lues.valeur_lue
from {{ ref('stg_convention__corrections') }} as corrections
left join lues
    on
        corrections.ligne_id = lues.ligne_id
        and corrections.champ = lues.champ
where corrections.valeur_attendue is distinct from lues.valeur_lue
