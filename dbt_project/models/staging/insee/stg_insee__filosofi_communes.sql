select
    codgeo as commune_insee,
    nbmen as menages_fiscaux,
    nbmen_marque as menages_fiscaux_marque,
    nbpers as personnes,
    nbpers_marque as personnes_marque,
    q1 as premier_quartile_eur,
    q1_marque as premier_quartile_eur_marque,
    q2 as mediane_eur,
    q2_marque as mediane_eur_marque,
    q3 as troisieme_quartile_eur,
    q3_marque as troisieme_quartile_eur_marque,
    tp60 as taux_pauvrete_pct,
    tp60_marque as taux_pauvrete_pct_marque,
    millesime,
    edition,
    geographie,
    source_id
from {{ source('insee', 'insee_filosofi_communes') }}
