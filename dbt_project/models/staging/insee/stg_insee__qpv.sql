{%- set mesures = {
    'pop_mun': 'personnes',
    'tx_tot_0a24': 'moins_de_25_ans_pct',
    'a': 'foyers_allocataires',
    'percou': 'personnes_couvertes',
    'am': 'foyers_monoparentaux',
    'acavenf': 'foyers_couple_avec_enfant',
    'enf': 'enfants',
    'enf_2': 'enfants_0_2_ans',
    'enf_3_5': 'enfants_3_5_ans',
    'enf_6_10': 'enfants_6_10_ans',
    'enf_11_14': 'enfants_11_14_ans',
    'enf_15_17': 'enfants_15_17_ans',
} -%}

select
    codgeo as quartier_id,
    libgeo as libelle,
    lib_com as communes,
    pop_com as personnes_communes,
    pop_com_qp as personnes_qpv_communes,
    note_cnaf as note_caf,
    {% for code, nom in mesures.items() -%}
        {{ code }} as {{ nom }},
        {{ code }}_marque as {{ nom }}_marque,
    {% endfor -%}
    millesime,
    edition,
    source_id
from {{ source('insee', 'insee_qpv') }}
