-- The places that a plan announces make none of those of the start better known: completeness is
-- that of PE03, whose places and census these are.
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
    depart.completude_pct,
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
        || {{ n_y_comptent_pas(
            'projections.actions_non_definies', 'action(s) sans nombre de places'
        ) }}
        || {{ n_y_comptent_pas(
            'projections.actions_sans_district', 'action(s) de la commune sans district'
        ) }}
        || {{ capacites_trop_rares('projections.borne_basse_couverture') }}
    ) as motif,
    {{ sans_repetition("string_split(concat_ws(
        ' ; ',
        depart.sources,
        if(starts_with(projections.declinaison, 'rien n’ouvre'), null, "
        ~ fichiers(['convention_developpement']) ~ "),
        projections.sources
    ), ' ; ')") }} as sources
from {{ ref('int_couverture_aux_echeances') }} as projections
inner join {{ ref('ind_pe03') }} as depart
    on
        projections.territoire_id = depart.territoire_id
        and projections.millesime_recensement = depart.millesime
        and projections.edition = depart.edition
where
    projections.scenario_id = 'référence'
    and projections.niveau in ('commune', 'district')
