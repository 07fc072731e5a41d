with

types (type_service, tranche_age) as (
    values
    ('EAJE', '0-2 ans'),
    ('crèche familiale', '0-2 ans'),
    ('micro-crèche', '0-2 ans'),
    ('LAEP', '0-5 ans'),
    ('RAM', '0-2 ans'),
    ('ludothèque', '0-10 ans'),
    ('ALSH extrascolaire', '3-10 ans'),
    ('ALSH périscolaire', '3-10 ans'),
    ('accueil ados', '11-17 ans')
)

select
    type_service,
    tranche_age
from types
