-- A share of census families: with x among y, the model of the count gives
-- var(p) = 1.5 × deff × p(1 − p) / y, and the interval p ± 2 standard deviations.
with

parts as (
    select
        *,
        familles_monoparentales / nullif(familles_avec_enfant, 0) as part
    from {{ ref('int_familles_territoires') }}
    where niveau in ('commune', 'district')
),

ecarts as (
    select
        *,
        2 * sqrt(part * (1 - part)) * {{ cv_recensement('familles_avec_enfant') }} as marge
    from parts
)

select
    'BES02' as indicateur_id,
    'ensemble' as declinaison,
    territoire_id,
    niveau,
    millesime,
    edition,
    100 * part as valeur,
    familles_monoparentales as numerateur,
    familles_avec_enfant as denominateur,
    if(part is null, null, 100 * greatest(0, part - marge)) as borne_basse,
    if(part is null, null, 100 * least(1, part + marge)) as borne_haute,
    100.0 as completude_pct,
    if(part is null, 'non calculable', 'calculé') as statut,
    if(part is null, 'Aucune famille avec enfant au recensement.', null) as motif,
    source_id as sources
from ecarts
