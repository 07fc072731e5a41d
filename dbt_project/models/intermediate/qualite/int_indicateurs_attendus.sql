-- What the catalogue of indicators promises: each of its lines for each territory of its levels,
-- and the data sets without which none of its values can be.
with

indicateurs (indicateur_id, declinaisons, libelle, unite, niveaux, jeux, limite) as (
    values
    (
        'PE01',
        [
            'ensemble', 'EAJE financés par la PSU', 'EAJE hors PSU', 'EAJE, ensemble',
            'préscolarisation', 'assistantes maternelles', 'garde à domicile',
            'accueil individuel, ensemble'
        ],
        'Taux de couverture global des moins de 3 ans',
        'places pour 100 enfants de moins de 3 ans',
        ['territoire', 'commune Insee'],
        ['caf_couverture', 'insee_iris'],
        'La Cnaf ne publie que les communes de plus de 10 000 habitants.'
    ),
    (
        'PE02',
        ['ensemble'],
        'Couverture EAJE, capacité connue',
        'places connues pour 100 enfants de 0 à 2 ans',
        ['commune', 'district'],
        ['convention_registre', 'insee_population', 'insee_iris'],
        null
    ),
    (
        'ALSH02',
        ['ensemble'],
        'ALSH extrascolaires pour 1 000 enfants de 3 à 10 ans',
        'services pour 1 000 enfants',
        ['commune', 'district'],
        ['convention_registre', 'insee_population', 'insee_iris'],
        null
    ),
    (
        'PERI01',
        ['ensemble'],
        'ALSH périscolaires pour 1 000 enfants de 3 à 10 ans',
        'services pour 1 000 enfants',
        ['commune', 'district'],
        ['convention_registre', 'insee_population', 'insee_iris'],
        null
    ),
    (
        'ADO01',
        ['ensemble'],
        'Accueils d’adolescents pour 1 000 jeunes de 11 à 17 ans',
        'services pour 1 000 enfants',
        ['commune', 'district'],
        ['convention_registre', 'insee_population', 'insee_iris'],
        null
    ),
    (
        'LUD01',
        ['ensemble'],
        'Ludothèques pour 1 000 enfants de 0 à 10 ans',
        'services pour 1 000 enfants',
        ['commune', 'district'],
        ['convention_registre', 'insee_population', 'insee_iris'],
        null
    ),
    (
        'LAEP01',
        ['ensemble'],
        'Lieux d’accueil enfants-parents pour 1 000 enfants de 0 à 5 ans',
        'services pour 1 000 enfants',
        ['commune', 'district'],
        ['convention_registre', 'insee_population', 'insee_iris'],
        null
    ),
    (
        'ECO01',
        ['maternelles'],
        'Écoles pour 1 000 enfants',
        'écoles pour 1 000 enfants de 3 à 5 ans',
        ['commune', 'district'],
        ['insee_bpe', 'insee_population', 'insee_iris'],
        null
    ),
    (
        'ECO01',
        ['élémentaires'],
        'Écoles pour 1 000 enfants',
        'écoles pour 1 000 enfants de 6 à 10 ans',
        ['commune', 'district'],
        ['insee_bpe', 'insee_population', 'insee_iris'],
        null
    ),
    (
        'BES01',
        ['0-2 ans', '3-5 ans', '6-10 ans', '11-17 ans', '0-17 ans'],
        'Enfants connus de la Caf',
        '% des enfants',
        ['commune', 'district'],
        ['caf_allocataires', 'insee_population', 'insee_iris'],
        null
    ),
    (
        'BES02',
        ['ensemble'],
        'Familles monoparentales',
        '% des familles avec enfant',
        ['commune', 'district'],
        ['insee_familles', 'insee_iris'],
        null
    ),
    (
        'BES03',
        ['ensemble'],
        'Taux de pauvreté (seuil de 60 %)',
        '% des personnes',
        ['district'],
        ['insee_filosofi', 'insee_population', 'insee_iris'],
        null
    ),
    (
        'DQ01',
        ['ensemble'],
        'Complétude de la capacité des EAJE',
        '% des EAJE du registre',
        ['commune', 'district'],
        ['convention_registre'],
        null
    ),
    (
        'DQ02',
        ['ensemble'],
        'Décomptes du préambule retrouvés dans les annexes',
        '% des décomptes',
        ['commune'],
        ['convention_preambule', 'convention_registre'],
        null
    ),
    (
        'DQ03',
        ['ensemble'],
        'EAJE du registre rapportés à ceux de la BPE',
        '% des EAJE de la BPE',
        ['commune', 'district'],
        ['convention_registre', 'insee_bpe', 'insee_iris'],
        null
    )
),

-- What to deposit, as its publisher or the convention calls it.
jeux (jeu, nom) as (
    values
    ('caf_allocataires', 'allocataires par IRIS (Caf, data_CAF_AAAA_IRIS.csv)'),
    (
        'caf_couverture',
        'taux de couverture des moins de 3 ans (Cnaf, taux_couverture_pe_com.csv)'
    ),
    ('convention_preambule', 'décomptes du préambule de la convention (preambule.csv)'),
    ('convention_registre', 'registre des services de la convention (registre.csv)'),
    ('insee_bpe', 'base permanente des équipements (Insee, bpeAA_ensemble)'),
    ('insee_familles', 'familles par IRIS (Insee, base-ic-couples-familles-menages-AAAA)'),
    ('insee_filosofi', 'revenus par IRIS (Insee, BASE_TD_FILO_DISP_IRIS_AAAA)'),
    ('insee_iris', 'liste des IRIS (Insee, reference_IRIS_geoAAAA.xlsx)'),
    ('insee_population', 'population par IRIS (Insee, base-ic-evol-struct-pop-AAAA)')
),

-- A located edition of the BPE stands in for an aggregated one.
manques as (
    select
        indicateurs.indicateur_id,
        indicateurs.unite,
        string_agg(jeux.nom, ' ; ' order by jeux.nom) as absents
    from indicateurs
    inner join jeux on list_contains(indicateurs.jeux, jeux.jeu)
    anti join {{ ref('stg_observatoire__sources') }} as sources
        on jeux.jeu = replace(sources.jeu, 'insee_bpe_localisee', 'insee_bpe')
    group by
        indicateurs.indicateur_id,
        indicateurs.unite
),

-- What is published for Insee communes is expected of the communes that are one.
niveaux as (
    select
        territoire_id,
        niveau,
        niveau as niveau_attendu
    from {{ ref('int_territoires') }}
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
    select year(debut) as annee
    from {{ ref('stg_observatoire__territoires') }}
    where niveau = 'territoire'
),

lignes as (
    select
        indicateurs.indicateur_id,
        indicateurs.libelle,
        indicateurs.unite,
        indicateurs.limite,
        niveaux.territoire_id,
        niveaux.niveau,
        unnest(indicateurs.declinaisons) as declinaison
    from indicateurs
    inner join niveaux on list_contains(indicateurs.niveaux, niveaux.niveau_attendu)
)

select
    lignes.indicateur_id,
    lignes.declinaison,
    lignes.libelle,
    lignes.unite,
    lignes.territoire_id,
    lignes.niveau,
    convention.annee as millesime,
    coalesce(
        'Sources absentes : ' || manques.absents || '.',
        lignes.limite,
        'Les sources présentes ne donnent pas cette valeur pour ce territoire.'
    ) as motif
from lignes
cross join convention
left join manques
    on
        lignes.indicateur_id = manques.indicateur_id
        and lignes.unite = manques.unite
