-- The published total is kept as it is: it is not always the sum of its modes.
select
    'PE01' as indicateur_id,
    mode as declinaison,
    'Taux de couverture global des moins de 3 ans' as libelle,
    territoire_id,
    niveau,
    annee as millesime,
    edition,
    taux_couverture_pct as valeur,
    cast(places as double) as numerateur,
    cast(null as double) as denominateur,
    'places pour 100 enfants de moins de 3 ans' as unite,
    cast(null as double) as borne_basse,
    cast(null as double) as borne_haute,
    100.0 as completude_pct,
    if(taux_couverture_pct is null, 'non calculable', 'publié') as statut,
    if(taux_couverture_pct is null, 'La Cnaf n’en publie pas le taux dans les sources. ', '')
    || 'Publié pour la commune Insee entière : ni Lille, ni Hellemmes, ni Lomme séparément.'
        as motif,
    sources
from {{ ref('int_places_cnaf') }}
where niveau = 'territoire'
