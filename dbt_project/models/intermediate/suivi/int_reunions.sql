-- A meeting is due at the end of its month, or of its season as Météo-France counts them (spring
-- ends with May, autumn with November), failing both at the end of the year. One that was held
-- counts for the year in which it was held.
with

annees as (
    select
        situation_au,
        debut,
        fin,
        unnest(range(year(debut), year(fin) + 1)) as annee
    from {{ ref('int_situation') }}
),

dues as (
    select
        calendrier.instance_id,
        calendrier.libelle,
        calendrier.commune as communes,
        calendrier.mois,
        calendrier.saison,
        calendrier.source_id,
        annees.annee,
        annees.debut,
        annees.fin,
        annees.situation_au,
        last_day(make_date(
            annees.annee,
            coalesce(
                calendrier.mois,
                case calendrier.saison
                    when 'hiver' then 2
                    when 'printemps' then 5
                    when 'été' then 8
                    when 'automne' then 11
                    else 12
                end
            ),
            1
        )) as echeance
    from {{ ref('stg_convention__calendrier') }} as calendrier
    cross join annees
),

rencontres as (
    select
        objet as instance_id,
        year(date_evenement) as annee,
        min(date_evenement) filter (where evenement = 'réunion tenue') as date_tenue,
        arg_min(document, date_evenement) filter (where evenement = 'réunion tenue')
            as compte_rendu,
        arg_max(document, date_evenement) filter (where evenement = 'réunion annulée')
            as annulation
    from {{ ref('stg_convention__realisations') }}
    where evenement in ('réunion tenue', 'réunion annulée')
    group by
        objet,
        year(date_evenement)
)

select
    dues.instance_id,
    dues.annee,
    dues.libelle,
    dues.communes,
    dues.mois,
    dues.saison,
    dues.echeance,
    coalesce(dues.echeance <= dues.situation_au, false) as est_due,
    case
        when rencontres.date_tenue is not null then 'tenue'
        when rencontres.annulation is not null then 'annulée'
        when dues.situation_au is null then 'non renseignée'
        when dues.echeance > dues.situation_au then 'à venir'
        else 'due'
    end as etat,
    rencontres.date_tenue,
    coalesce(rencontres.compte_rendu, rencontres.annulation) as document,
    dues.source_id
from dues
left join rencontres
    on
        dues.instance_id = rencontres.instance_id
        and dues.annee = rencontres.annee
where dues.echeance between dues.debut and dues.fin
