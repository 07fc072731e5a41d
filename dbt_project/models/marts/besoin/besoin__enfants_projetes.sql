select
    territoire_id,
    niveau,
    annee,
    tranche_age,
    hypothese_naissances,
    enfants,
    borne_basse_enfants,
    borne_haute_enfants,
    naissances_territoire,
    naissances_connues,
    enfants_pour_100_naissances,
    millesime_recensement,
    edition_recensement,
    sources
from {{ ref('int_enfants_projetes') }}
