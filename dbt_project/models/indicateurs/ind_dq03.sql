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
    100.0 as completude_pct,
    if(rapprochements.attendu > 0, 'calculé', 'non calculable') as statut,
    if(
        rapprochements.attendu > 0,
        rapprochements.cause,
        'La BPE ne compte aucun EAJE dans ce territoire.'
    ) as motif,
    {{ fichiers(['convention_registre', 'convention_placements']) }}
    || ' ; ' || rapprochements.source_bpe as sources
from {{ ref('int_rapprochements') }} as rapprochements
inner join {{ ref('int_territoires') }} as territoires
    on rapprochements.territoire_id = territoires.territoire_id
where rapprochements.theme = 'registre et BPE'
