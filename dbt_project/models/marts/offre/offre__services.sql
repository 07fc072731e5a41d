with

capacites as (
    select
        service_id,
        if(services_groupe = 1, places_groupe, null) as capacite_places,
        document,
        mention
    from {{ ref('int_capacites') }}
)

select
    services.service_id,
    services.lignes,
    services.type_service,
    services.nom,
    services.gestion,
    services.operateur_id,
    services.site_id,
    services.adresse,
    services.commune_id,
    services.district_id,
    services.methode_placement,
    services.preuve,
    services.statut_placement,
    services.lon,
    services.lat,
    capacites.capacite_places,
    capacites.document as capacite_document,
    capacites.mention as capacite_mention,
    services.millesime,
    services.source_id
from {{ ref('int_services') }} as services
left join capacites on services.service_id = capacites.service_id
