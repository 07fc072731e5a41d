with

convention as (
    {{ edition_du_registre() }}
)

select
    'DQ01' as indicateur_id,
    'ensemble' as declinaison,
    capacites.territoire_id,
    capacites.niveau,
    convention.millesime,
    convention.edition,
    capacites.completude_pct as valeur,
    cast(capacites.services_connus as double) as numerateur,
    cast(capacites.services_possibles as double) as denominateur,
    cast(null as double) as borne_basse,
    cast(null as double) as borne_haute,
    100.0 as completude_pct,
    case
        when capacites.services_possibles = 0 then 'non calculable'
        when capacites.services_non_places > 0 then 'estimé'
        else 'calculé'
    end as statut,
    if(
        capacites.services_possibles = 0,
        'Le registre ne compte aucun EAJE ici.',
        'Décompte du registre.' || {{ eaje_sans_district('capacites') }}
    ) as motif,
    {{ sources_des_places() }} as sources
from {{ ref('int_capacites_territoires') }} as capacites
cross join convention
