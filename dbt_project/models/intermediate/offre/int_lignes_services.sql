with

lignes as (
    select
        registre.ligne_id,
        registre.annexe,
        registre.type_service,
        registre.commune_id,
        lieux.adresse_normalisee
    from {{ ref('int_registre') }} as registre
    left join {{ ref('int_lieux') }} as lieux
        on
            registre.ligne_id = lieux.ligne_id
            and lieux.rang = 1
),

groupes as (
    select
        ligne_id,
        adresse_normalisee is not null
        and min(annexe) over meme_service <> max(annexe) over meme_service as dans_deux_annexes,
        arg_min(ligne_id, annexe) over meme_service as premiere_ligne_id
    from lignes
    window meme_service as (partition by type_service, commune_id, adresse_normalisee)
)

select
    ligne_id,
    if(dans_deux_annexes, premiere_ligne_id, ligne_id) as service_id
from groupes
