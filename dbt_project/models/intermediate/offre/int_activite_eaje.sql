-- What the Caf's file says of the activity of an EAJE, or of a commune as a whole: hours offered
-- are those of all its places while they are open.
with

mesures as (
    select
        territoire_id as entite_id,
        niveau,
        annee,
        edition,
        source_id,
        max(valeur) filter (where mesure = 'places') as places,
        max(valeur) filter (where mesure = 'heures d’ouverture') as heures_ouverture,
        max(valeur) filter (where mesure = 'heures réalisées') as heures_realisees,
        max(valeur) filter (where mesure = 'heures facturées') as heures_facturees,
        list(mesure order by mesure) filter (where statut = 'secret') as secretes
    from {{ ref('int_mesures_cej') }}
    where
        niveau in ('commune', 'service')
        and mesure in ('places', 'heures d’ouverture', 'heures réalisées', 'heures facturées')
    group by
        territoire_id,
        niveau,
        annee,
        edition,
        source_id
),

communes as (
    select
        ligne_id as entite_id,
        'service' as niveau,
        commune_id
    from {{ ref('int_registre') }}
    where type_service in {{ types_eaje() }}
    union all
    select
        territoire_id as entite_id,
        niveau,
        territoire_id as commune_id
    from {{ ref('int_territoires') }}
    where niveau = 'commune'
)

select
    mesures.entite_id,
    mesures.niveau,
    communes.commune_id,
    mesures.annee,
    mesures.edition,
    mesures.places,
    mesures.heures_ouverture,
    mesures.places * mesures.heures_ouverture as heures_offertes,
    mesures.heures_realisees,
    mesures.heures_facturees,
    list_has_any(
        coalesce(mesures.secretes, []), ['places', 'heures d’ouverture', 'heures réalisées']
    ) as occupation_secrete,
    list_has_any(
        coalesce(mesures.secretes, []), ['heures réalisées', 'heures facturées']
    ) as facturation_secrete,
    mesures.source_id
from mesures
inner join communes
    on
        mesures.entite_id = communes.entite_id
        and mesures.niveau = communes.niveau
