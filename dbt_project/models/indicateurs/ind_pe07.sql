select
    'PE07' as indicateur_id,
    projections.declinaison,
    projections.territoire_id,
    projections.niveau,
    projections.annee as millesime,
    projections.edition,
    projections.couverture_pct as valeur,
    projections.places as numerateur,
    projections.enfants_0_2 as denominateur,
    projections.borne_basse_couverture as borne_basse,
    projections.borne_haute_couverture as borne_haute,
    if(projections.places = 0, 100, 100 * projections.places_connues / projections.places)
        as completude_pct,
    if(projections.couverture_pct is null, 'non calculable', 'estimé') as statut,
    if(
        projections.couverture_pct is null,
        'Aucun enfant de 0 à 2 ans à projeter.',
        'Hypothèses, non une prévision, à partir des places et du recensement de '
        || projections.millesime_recensement || ' : '
        || {{ nombre('projections.enfants_pour_100_naissances') }}
        || ' enfants de 0 à 2 ans pour 100 naissances et la part de chaque quartier, comme au '
        || 'recensement.'
        || if(
            projections.naissances_connues,
            ' Ces naissances sont toutes connues : les trois hypothèses se valent.',
            ''
        )
        || if(
            projections.actions_non_definies > 0,
            ' ' || projections.actions_non_definies
            || ' action(s) programmée(s) sans nombre de places, non comptée(s).',
            ''
        )
        || if(
            projections.actions_sans_district > 0,
            ' ' || projections.actions_sans_district
            || ' action(s) de la commune sans district n’y comptent pas.',
            ''
        )
        || if(
            projections.borne_basse_couverture is null,
            ' Moins de {{ var("capacites_minimum") }} capacités connues : pas d’intervalle.',
            ''
        )
    ) as motif,
    concat_ws(
        ' ; ',
        {{ fichiers(['caf_places', 'insee_bpe', 'insee_bpe_localisee']) }},
        {{ sources_des_places() }},
        {{ fichiers(['convention_developpement']) }},
        projections.sources
    ) as sources
from {{ ref('int_couverture_aux_echeances') }} as projections
where
    projections.scenario_id = 'référence'
    and projections.niveau in ('commune', 'district')
