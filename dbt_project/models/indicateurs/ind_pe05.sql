-- PE05 stands beside PE03: the same places and the same children, where they are.
with

accessibles as (
    select
        *,
        concat_ws(' ; ', edition, edition_population) as edition_rapprochee
    from {{ ref('int_accessibilite_territoires') }}
    where
        scenario_id = 'référence'
        and captage_m = {{ var('captage_m') }}
),

voisins as (
    select
        edition || ' ; ' || edition_population as edition,
        millesime,
        count(*) as voisins,
        count(*) filter (where manques is null) as presents,
        string_agg(libelle, ', ' order by libelle) filter (where manques is not null) as absents,
        string_agg(sources, ' ; ') filter (where manques is null) as sources
    from {{ ref('int_voisins') }}
    group by
        edition,
        edition_population,
        millesime
)

select
    'PE05' as indicateur_id,
    'ensemble' as declinaison,
    couverture.territoire_id,
    couverture.niveau,
    couverture.millesime,
    couverture.edition,
    accessibles.accessibilite as valeur,
    accessibles.accessibilite * accessibles.enfants_0_2_ans / 100 as numerateur,
    accessibles.enfants_0_2_ans as denominateur,
    accessibles.borne_basse,
    accessibles.borne_haute,
    couverture.completude_pct,
    if(accessibles.accessibilite is null, 'non calculable', 'estimé') as statut,
    case
        when couverture.valeur is null then couverture.motif
        when accessibles.accessibilite is null
            then
                'Un IRIS au moins de ce territoire n’a pas de point dans les sources '
                || '(iris_centroides.csv).'
        else
            'À ' || {{ var('captage_m') }} || ' m à vol d’oiseau. Taux simple (PE03) : '
            || {{ nombre('accessibles.taux_simple') }} || '.'
            || if(accessibles.desaccord, ' En désaccord avec PE03.', '')
            || case
                when voisins.voisins is null
                    then
                        ' Système fermé à la limite du territoire : son fichier ne nomme aucun '
                        || 'voisin.'
                when voisins.presents = 0
                    then
                        ' Système fermé à la limite du territoire : voisins absents, aucune des '
                        || voisins.voisins || ' communes n’a toutes ses données dans les sources.'
                when voisins.absents is null then ' Communes voisines comprises.'
                else
                    ' ' || voisins.presents
                    || ' commune(s) voisine(s) comprise(s) ; voisins absents : '
                    || voisins.absents || '.'
            end
    end as motif,
    {{ sans_repetition(
        "string_split(concat_ws(' ; ', couverture.sources, voisins.sources, "
        ~ fichiers(['geo_iris']) ~ "), ' ; ')"
    ) }} as sources
from {{ ref('ind_pe03') }} as couverture
left join accessibles
    on
        couverture.territoire_id = accessibles.territoire_id
        and couverture.millesime = accessibles.millesime
        and couverture.edition = accessibles.edition_rapprochee
left join voisins
    on
        couverture.millesime = voisins.millesime
        and couverture.edition = voisins.edition
