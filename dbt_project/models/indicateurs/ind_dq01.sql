with

convention as (
    select
        min(millesime) as millesime,
        min(edition) as edition
    from {{ ref('int_services') }}
)

select
    'DQ01' as indicateur_id,
    'ensemble' as declinaison,
    'Complétude de la capacité des EAJE' as libelle,
    capacites.territoire_id,
    capacites.niveau,
    convention.millesime,
    convention.edition,
    capacites.completude_pct as valeur,
    cast(capacites.services_connus as double) as numerateur,
    cast(capacites.services as double) as denominateur,
    '% des EAJE du registre' as unite,
    cast(null as double) as borne_basse,
    cast(null as double) as borne_haute,
    100.0 as completude_pct,
    if(capacites.services > 0, 'calculé', 'non calculable') as statut,
    if(
        capacites.services > 0,
        null,
        'Aucun EAJE du registre n’est placé dans ce territoire.'
    ) as motif,
    {{ fichiers(['convention_capacites', 'convention_registre', 'convention_placements']) }}
        as sources
from {{ ref('int_capacites_territoires') }} as capacites
cross join convention
