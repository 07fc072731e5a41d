select
    'DQ03' as indicateur_id,
    'ensemble' as declinaison,
    territoires.territoire_id,
    territoires.niveau,
    rapprochements.millesime,
    rapprochements.edition,
    100 * rapprochements.trouve / nullif(rapprochements.attendu, 0) as valeur,
    rapprochements.trouve as numerateur,
    rapprochements.attendu as denominateur,
    cast(null as double) as borne_basse,
    cast(null as double) as borne_haute,
    coalesce(
        100 * rapprochements.trouve
        / nullif(rapprochements.trouve + rapprochements.services_non_places, 0),
        100
    ) as completude_pct,
    case
        when rapprochements.attendu = 0 then 'non calculable'
        when rapprochements.services_non_places + rapprochements.equipements_non_places > 0
            then 'estimé'
        else 'calculé'
    end as statut,
    case
        when rapprochements.attendu = 0 then 'La BPE ne compte aucun EAJE dans ce territoire.'
        when rapprochements.ecart = 0 then 'Le registre et la BPE en comptent autant.'
        else rapprochements.cause
    end
    || {{ n_y_comptent_pas(
        'rapprochements.services_non_places', 'EAJE de la commune que rien ne place'
    ) }}
    || {{ n_y_comptent_pas(
        'rapprochements.equipements_non_places',
        'EAJE que la BPE ne place dans aucun IRIS de la commune'
    ) }} as motif,
    {{ sources_des_services() }} || ' ; ' || rapprochements.source_bpe as sources
from {{ ref('int_rapprochements') }} as rapprochements
inner join {{ ref('int_territoires') }} as territoires
    on rapprochements.territoire_id = territoires.territoire_id
where rapprochements.theme = 'registre et BPE'
