-- The codes of schools changed; the new ones single out the primary school, which is both. A school
-- of a regroupement pédagogique intercommunal (RPI) is a school of its commune.
with

types (type_equipement, nomenclature, categories, libelle) as (
    values
    ('D502', null, ['accueil collectif'], 'Établissement d''accueil du jeune enfant'),
    ('C101', 'ancienne', ['école maternelle'], 'École maternelle'),
    (
        'C102',
        'ancienne',
        ['école maternelle'],
        'École maternelle de regroupement pédagogique intercommunal'
    ),
    ('C104', 'ancienne', ['école élémentaire'], 'École élémentaire'),
    (
        'C105',
        'ancienne',
        ['école élémentaire'],
        'École élémentaire de regroupement pédagogique intercommunal'
    ),
    ('C107', 'nouvelle', ['école maternelle'], 'École maternelle'),
    ('C108', 'nouvelle', ['école maternelle', 'école élémentaire'], 'École primaire'),
    ('C109', 'nouvelle', ['école élémentaire'], 'École élémentaire')
)

select
    type_equipement,
    nomenclature,
    categories,
    libelle
from types
