select
    numcom as territoire_id,
    annee,
    pl_psu_col_com as eaje_psu,
    pl_hors_psu_col_com as eaje_hors_psu,
    pl_eaje_com as eaje_ensemble,
    pl_prescol_com as prescolarisation,
    pl_am_ind_com as assistante_maternelle,
    pl_gad_ind_com as garde_a_domicile,
    pl_ind_com as accueil_individuel_ensemble,
    tot_offre_com as ensemble,
    edition,
    geographie,
    source_id
from {{ source('caf', 'caf_places') }}
