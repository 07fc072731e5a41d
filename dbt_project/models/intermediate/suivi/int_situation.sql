-- The situation is dated by the last event that the analysts wrote, never by the day of the
-- refresh: two refreshes of one file say the same. Without an event nothing is judged.
with

convention as (
    select
        debut,
        fin
    from {{ ref('stg_observatoire__territoires') }}
    where niveau = 'territoire'
),

evenements as (
    select max(date_evenement) as situation_au
    from {{ ref('stg_convention__realisations') }}
),

fichiers as (
    select count(*) > 0 as suivi_tenu
    from {{ ref('stg_observatoire__sources') }}
    where jeu = 'convention_realisations'
)

select
    convention.debut,
    convention.fin,
    evenements.situation_au,
    fichiers.suivi_tenu,
    year(coalesce(evenements.situation_au, convention.debut)) as millesime,
    coalesce(
        'situation au ' || strftime(evenements.situation_au, '%d/%m/%Y'), 'sans événement'
    ) as edition
from convention
cross join evenements
cross join fichiers
