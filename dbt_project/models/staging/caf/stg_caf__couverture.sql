select
    numcom as territoire_id,
    annee,
    txcouv_psu_col_com as eaje_psu,
    txcouv_hors_psu_col_com as eaje_hors_psu,
    txcouv_eaje_com as eaje_ensemble,
    txcouv_prescol_com as prescolarisation,
    txcouv_am_ind_com as assistante_maternelle,
    txcouv_gad_ind_com as garde_a_domicile,
    txcouv_ind_com as accueil_individuel_ensemble,
    txcouv_com as ensemble,
    edition,
    geographie,
    source_id
from {{ source('caf', 'caf_couverture') }}
