-- An index is read after its components: the reason gives its most frequent rank with how often it
-- has it, and which components the district lacks.
with

indices as (
    select
        territoire_id,
        {{ valeur_de_liste('indices') }} as valeur,
        {{ borne_basse_de_liste('indices') }} as borne_basse,
        {{ borne_haute_de_liste('indices') }} as borne_haute
    from {{ ref('est_indice_besoin') }}
    where variante = 'référence'
),

rangs as (
    select *
    from {{ ref('int_rangs_besoin') }}
    qualify
        row_number() over (
            partition by territoire_id order by probabilite_pct desc, rang asc
        ) = 1
),

mesures as (
    select
        composante as critere,
        territoire_id,
        millesime,
        edition
    from {{ ref('int_composantes_besoin') }}
),

{{ criteres_presents('BES04') }}

select
    'BES04' as indicateur_id,
    'ensemble' as declinaison,
    presences.territoire_id,
    'district' as niveau,
    editions.millesime,
    editions.edition,
    indices.valeur,
    cast(null as double) as numerateur,
    cast(null as double) as denominateur,
    indices.borne_basse,
    indices.borne_haute,
    presences.part_poids_pct as completude_pct,
    if(indices.valeur is null, 'non calculable', 'estimé') as statut,
    concat_ws(
        ' ',
        'Rang le plus fréquent : ' || rangs.rang || ', dans '
        || {{ nombre('rangs.probabilite_pct') }} || ' % des tirages (ecart.rangs).',
        'Composantes absentes : ' || presences.absents || '.',
        if(
            indices.valeur is null,
            'Les autres font ' || {{ nombre('presences.part_poids_pct') }}
            || ' % des poids, sous le seuil de {{ var("seuil_poids_pct") }} %.',
            null
        )
    ) as motif,
    {{ fichiers_des_editions(
        ['insee_familles', 'insee_filosofi', 'insee_population'],
        'editions.edition'
    ) }} as sources
from presences
cross join editions
left join indices on presences.territoire_id = indices.territoire_id
left join rangs on presences.territoire_id = rangs.territoire_id
