select
    numdep as territoire_id,
    nomdep as perimetre,
    annee,
    txcouv_psu_col_dep as eaje_psu,
    txcouv_hors_psu_col_dep as eaje_hors_psu,
    txcouv_eaje_dep as eaje_ensemble,
    txcouv_prescol_dep as prescolarisation,
    txcouv_am_ind_dep as assistante_maternelle,
    txcouv_gad_ind_dep as garde_a_domicile,
    txcouv_ind_dep as accueil_individuel_ensemble,
    txcouv_dep as ensemble,
    edition,
    source_id
from {{ source('caf', 'caf_couverture_departement') }}
union all
select
    'F' as territoire_id,
    national as perimetre,
    annee,
    txcouv_psu_nat as eaje_psu,
    txcouv_hors_psu_col_nat as eaje_hors_psu,
    txcouv_eaje_nat as eaje_ensemble,
    txcouv_prescol_nat as prescolarisation,
    txcouv_am_nat as assistante_maternelle,
    txcouv_gad_nat as garde_a_domicile,
    txcouv_ind_nat as accueil_individuel_ensemble,
    txcouv_nat as ensemble,
    edition,
    source_id
from {{ source('caf', 'caf_couverture_france') }}
