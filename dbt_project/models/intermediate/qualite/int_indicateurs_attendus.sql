-- What the catalogue of indicators promises: each of its lines for each territory of its levels,
-- and the data sets without which none of its values can be.
with

indicateurs as (
    select *
    from {{ ref('stg_observatoire__indicateurs') }}
),

-- What to deposit, as its publisher or the convention calls it.
jeux (jeu, nom) as (
    values
    ('caf_allocataires', 'allocataires par IRIS (Caf, data_CAF_AAAA_IRIS.csv)'),
    (
        'caf_couverture',
        'taux de couverture des moins de 3 ans (Cnaf, taux_couverture_pe_com.csv)'
    ),
    ('caf_cej', 'statistiques de la Caf dans le gabarit cej_2019.csv'),
    ('caf_places', 'places offertes aux moins de 3 ans (Cnaf, nombre_places_pe_com.csv)'),
    ('convention_cibles', 'taux de couverture EAJE à viser (cibles.csv)'),
    ('convention_calendrier', 'calendrier des comités de la convention (calendrier.csv)'),
    ('convention_developpement', 'schéma de développement (schema_developpement.csv)'),
    ('convention_modules', 'modules du contrat enfance jeunesse (modules_cej.csv)'),
    ('convention_preambule', 'décomptes du préambule de la convention (preambule.csv)'),
    ('convention_registre', 'registre des services de la convention (registre.csv)'),
    ('convention_realisations', 'suivi tenu par les analystes (realisations.csv)'),
    ('geo_iris', 'points des IRIS (iris_centroides.csv)'),
    ('insee_bpe', 'base permanente des équipements (Insee, bpeAA_ensemble)'),
    ('insee_familles', 'familles par IRIS (Insee, base-ic-couples-familles-menages-AAAA)'),
    ('insee_filosofi', 'revenus par IRIS (Insee, BASE_TD_FILO_DISP_IRIS_AAAA)'),
    ('insee_iris', 'liste des IRIS (Insee, reference_IRIS_geoAAAA.xlsx)'),
    ('insee_naissances', 'naissances domiciliées (Insee, naissances_domiciliees_annuelles.xlsx)'),
    ('insee_population', 'population par IRIS (Insee, base-ic-evol-struct-pop-AAAA)')
),

-- A located edition of the BPE stands in for an aggregated one.
manques as (
    select
        indicateurs.indicateur_id,
        indicateurs.declinaisons,
        string_agg(jeux.nom, ' ; ' order by jeux.nom) as absents
    from indicateurs
    inner join jeux on list_contains(indicateurs.jeux, jeux.jeu)
    anti join {{ ref('stg_observatoire__sources') }} as sources
        on jeux.jeu = replace(sources.jeu, 'insee_bpe_localisee', 'insee_bpe')
    group by
        indicateurs.indicateur_id,
        indicateurs.declinaisons
),

-- What is published for Insee communes is expected of the communes that are one. A reference has
-- what a source gives of it: what is not known of it is no gap of the territory.
niveaux as (
    select
        territoire_id,
        niveau,
        niveau as niveau_attendu
    from {{ ref('int_territoires') }}
    where niveau <> 'référence'
    union all
    select distinct
        territoire_id,
        niveau,
        niveau as niveau_attendu
    from {{ ref('valeurs') }}
    where niveau = 'référence'
    union all
    select
        territoire_id,
        niveau,
        'commune Insee' as niveau_attendu
    from {{ ref('int_communes_insee') }}
    where
        niveau = 'commune'
        and communes_insee = 1
),

convention as (
    select
        territoire_id,
        niveau,
        year(debut) as annee
    from {{ ref('stg_observatoire__territoires') }}
    where niveau = 'territoire'
),

-- Nothing is missing in silence: where no territory has the level of an indicator, the whole one
-- says so.
lignes as (
    select
        indicateurs.indicateur_id,
        indicateurs.libelle,
        indicateurs.unite,
        indicateurs.limite,
        convention.annee as millesime,
        coalesce(niveaux.territoire_id, convention.territoire_id) as territoire_id,
        coalesce(niveaux.niveau, convention.niveau) as niveau,
        if(
            niveaux.niveau is null,
            'Aucun territoire ici n’est du niveau ' || array_to_string(indicateurs.niveaux, ' ou ')
            || ', le seul où l’indicateur se lit.',
            null
        ) as niveau_absent,
        indicateurs.declinaisons,
        unnest(indicateurs.declinaisons) as declinaison
    from indicateurs
    cross join convention
    left join niveaux on list_contains(indicateurs.niveaux, niveaux.niveau_attendu)
)

select
    lignes.indicateur_id,
    lignes.declinaison,
    lignes.libelle,
    lignes.unite,
    lignes.territoire_id,
    lignes.niveau,
    lignes.millesime,
    coalesce(
        lignes.niveau_absent,
        'Sources absentes : ' || manques.absents || '.',
        lignes.limite,
        'Les sources présentes ne donnent pas cette valeur pour ce territoire.'
    ) as motif
from lignes
left join manques
    on
        lignes.indicateur_id = manques.indicateur_id
        and lignes.declinaisons = manques.declinaisons
