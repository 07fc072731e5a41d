-- A service has one line, or two when two annexes name it; the first one in reading order speaks.
with

lignes as (
    select
        registre.*,
        services.service_id,
        row_number() over (
            partition by services.service_id order by registre.annexe, registre.ordre
        ) as rang_ligne,
        string_agg(registre.ligne_id, '+' order by registre.annexe) over (
            partition by services.service_id
        ) as lignes
    from {{ ref('int_registre') }} as registre
    inner join {{ ref('int_lignes_services') }} as services
        on registre.ligne_id = services.ligne_id
),

placements as (
    select
        services.service_id,
        placements.*
    from {{ ref('stg_observatoire__placements') }} as placements
    inner join {{ ref('int_lignes_services') }} as services
        on placements.ligne_id = services.ligne_id
    where placements.statut <> 'non placé'
    qualify
        row_number() over (
            partition by services.service_id
            order by placements.statut <> 'attesté', placements.district_id, placements.ligne_id
        ) = 1
),

lieux as (
    select
        ligne_id,
        site_id,
        adresse
    from {{ ref('int_lieux') }}
    where rang = 1
)

select
    lignes.service_id,
    lignes.lignes,
    lignes.type_service,
    lignes.type_imprime,
    lignes.nom,
    lignes.gestion,
    lignes.operateur,
    {{ identifiant('lignes.operateur') }} as operateur_id,
    lignes.commune_id,
    lieux.adresse,
    lieux.site_id,
    placements.district_id,
    placements.methode as methode_placement,
    placements.preuve,
    placements.statut as statut_placement,
    placements.iris,
    placements.lon,
    placements.lat,
    lignes.millesime,
    lignes.edition,
    lignes.source_id
from lignes
left join placements on lignes.service_id = placements.service_id
left join lieux on lignes.ligne_id = lieux.ligne_id
where lignes.rang_ligne = 1
