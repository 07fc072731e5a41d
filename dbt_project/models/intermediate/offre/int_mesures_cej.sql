-- The measures of the Caf's file that indicators read. A stock is dated by its month, the last one
-- is read. A measure given by ages only is not added up: its bands may overlap or leave ages out.
with

mesures as (
    select
        *,
        age_min_ans is null and age_max_ans is null as sans_age
    from {{ ref('est_secret_cej') }}
    where reconnue
)

select
    territoire_id,
    niveau,
    annee,
    edition,
    mesure,
    statut,
    valeur,
    source_id
from mesures
window figure as (partition by territoire_id, annee, edition, source_id, mesure)
qualify
    (sans_age or count(distinct [age_min_ans, age_max_ans]) over figure = 1)
    and row_number() over (
        figure order by sans_age desc, mois_reference desc nulls first, libelle asc
    ) = 1
