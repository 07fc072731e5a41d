select
    iris,
    disp_tp60 as taux_pauvrete_pct,
    disp_med as mediane_eur,
    millesime,
    edition,
    geographie,
    source_id
from {{ source('insee', 'insee_filosofi') }}
