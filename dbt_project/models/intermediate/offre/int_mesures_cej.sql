-- The measures of the Caf's file that indicators read, known by their label: the one place that
-- says which words name which measure. A stock is dated by its month, the last one is read. A
-- measure given by ages only is not added up: its bands may overlap or leave ages out.
with

reconnus (mesure, unite, libelle) as (
    values
    ('heures réalisées', 'heures', 'heures réalisées'),
    ('heures réalisées', 'heures', 'heures de présence réalisées'),
    ('heures facturées', 'heures', 'heures facturées'),
    ('heures d’ouverture', 'heures', 'heures d’ouverture'),
    ('heures d’ouverture', 'heures', 'heures d’ouverture annuelles'),
    ('places', 'places', 'places'),
    ('places', 'places', 'places EAJE'),
    (
        'assistantes maternelles actives',
        'assistantes maternelles',
        'assistantes maternelles actives'
    ),
    ('assistantes maternelles actives', 'assistantes maternelles', 'assistants maternels actifs'),
    ('ETP de relais', 'ETP', 'ETP de relais'),
    ('ETP de relais', 'ETP', 'ETP de RAM'),
    ('ETP de relais', 'ETP', 'ETP de RPE')
),

mesures as (
    select
        statistiques.*,
        reconnus.mesure,
        statistiques.age_min_ans is null and statistiques.age_max_ans is null as sans_age
    from {{ ref('est_secret_cej') }} as statistiques
    inner join reconnus
        on
            statistiques.unite = reconnus.unite
            and {{ normaliser('statistiques.libelle') }} = {{ normaliser('reconnus.libelle') }}
    where statistiques.theme = 'petite enfance'
)

select
    territoire_id,
    niveau,
    annee,
    edition,
    mesure,
    statut,
    valeur,
    source_id
from mesures
window figure as (partition by territoire_id, annee, edition, source_id, mesure)
qualify
    (sans_age or count(distinct [age_min_ans, age_max_ans]) over figure = 1)
    and row_number() over (
        figure order by sans_age desc, mois_reference desc nulls first, libelle asc
    ) = 1
