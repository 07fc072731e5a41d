with

types (type_service) as (
    values
    ('EAJE'),
    ('crèche familiale'),
    ('micro-crèche'),
    ('LAEP'),
    ('RAM'),
    ('ludothèque'),
    ('ALSH extrascolaire'),
    ('ALSH périscolaire'),
    ('accueil ados')
)

select type_service
from types
