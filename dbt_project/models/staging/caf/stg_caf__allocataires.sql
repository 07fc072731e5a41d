select
    codgeo as iris,
    note <> '0' as masque,
    a as foyers_allocataires,
    percou as personnes_couvertes,
    am as foyers_monoparentaux,
    acavenf as foyers_couple_avec_enfant,
    enf_2 as enfants_0_2,
    enf_3_5 as enfants_3_5,
    enf_6_10 as enfants_6_10,
    enf_11_14 as enfants_11_14,
    enf_15_17 as enfants_15_17,
    millesime,
    edition,
    source_id
from {{ source('caf', 'caf_allocataires') }}
