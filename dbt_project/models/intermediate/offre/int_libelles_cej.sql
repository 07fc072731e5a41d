-- What each figure of the Caf's file measures, known by its label: the one place that says which
-- words name which measure. A label that no indicator reads is its own measure, however it is
-- spelled.
with

reconnus (mesure, theme, unite, libelle) as (
    values
    ('heures réalisées', 'petite enfance', 'heures', 'heures réalisées'),
    ('heures réalisées', 'petite enfance', 'heures', 'heures de présence réalisées'),
    ('heures facturées', 'petite enfance', 'heures', 'heures facturées'),
    ('heures d’ouverture', 'petite enfance', 'heures', 'heures d’ouverture'),
    ('heures d’ouverture', 'petite enfance', 'heures', 'heures d’ouverture annuelles'),
    ('places', 'petite enfance', 'places', 'places'),
    ('places', 'petite enfance', 'places', 'places EAJE'),
    (
        'assistantes maternelles actives',
        'petite enfance',
        'assistantes maternelles',
        'assistantes maternelles actives'
    ),
    (
        'assistantes maternelles actives',
        'petite enfance',
        'assistantes maternelles',
        'assistants maternels actifs'
    ),
    ('ETP de relais', 'petite enfance', 'ETP', 'ETP de relais'),
    ('ETP de relais', 'petite enfance', 'ETP', 'ETP de RAM'),
    ('ETP de relais', 'petite enfance', 'ETP', 'ETP de RPE')
)

select
    statistiques.territoire_id,
    statistiques.niveau,
    statistiques.annee,
    statistiques.mois_reference,
    statistiques.theme,
    statistiques.libelle,
    statistiques.age_min_ans,
    statistiques.age_max_ans,
    statistiques.unite,
    statistiques.statut,
    statistiques.valeur,
    statistiques.edition,
    statistiques.source_id,
    statistiques.ligne,
    reconnus.mesure is not null as reconnue,
    coalesce(reconnus.mesure, {{ normaliser('statistiques.libelle') }}) as mesure
from {{ ref('stg_caf__cej') }} as statistiques
left join reconnus
    on
        statistiques.theme = reconnus.theme
        and statistiques.unite = reconnus.unite
        and {{ normaliser('statistiques.libelle') }} = {{ normaliser('reconnus.libelle') }}
order by
    statistiques.source_id,
    statistiques.ligne
