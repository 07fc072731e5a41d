select
    'DQ02' as indicateur_id,
    'ensemble' as declinaison,
    territoires.territoire_id,
    territoires.niveau,
    rapprochements.millesime,
    rapprochements.edition,
    100.0 * count(*) filter (where rapprochements.ecart = 0) / count(*) as valeur,
    cast(count(*) filter (where rapprochements.ecart = 0) as double) as numerateur,
    cast(count(*) as double) as denominateur,
    cast(null as double) as borne_basse,
    cast(null as double) as borne_haute,
    100.0 as completude_pct,
    'calculé' as statut,
    'Chaque écart est détaillé dans qualite.rapprochements.' as motif,
    concat_ws(
        ' ; ',
        {{ fichiers(['convention_preambule', 'convention_registre']) }},
        max(rapprochements.source_bpe)
    ) as sources
from {{ ref('int_rapprochements') }} as rapprochements
inner join {{ ref('int_territoires') }} as territoires
    on rapprochements.territoire_id = territoires.territoire_id
where rapprochements.theme = 'préambule et annexes'
group by
    territoires.territoire_id,
    territoires.niveau,
    rapprochements.millesime,
    rapprochements.edition
