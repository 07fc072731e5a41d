-- One row an EAJE and year of the Caf's file. What is secret, or with it hidden, is empty here too.
with

taux as (
    select
        entite_id,
        annee,
        edition,
        source_id,
        max(taux_pct) filter (where indicateur_id = 'PE08') as taux_occupation_pct,
        max(taux_pct) filter (where indicateur_id = 'PE09') as taux_facturation_pct
    from {{ ref('int_taux_eaje') }}
    where niveau = 'service'
    group by
        entite_id,
        annee,
        edition,
        source_id
)

select
    activite.entite_id as ligne_id,
    lignes.service_id,
    activite.commune_id,
    activite.annee,
    activite.edition,
    activite.places,
    activite.heures_ouverture,
    activite.heures_offertes,
    activite.heures_realisees,
    activite.heures_facturees,
    taux.taux_occupation_pct,
    taux.taux_facturation_pct,
    case
        when activite.occupation_secrete or activite.facturation_secrete then 'secret'
        when coalesce(taux.taux_occupation_pct, taux.taux_facturation_pct) is null
            then 'non calculable'
        else 'calculé'
    end as statut,
    nullif(concat_ws(
        ' ',
        case
            when activite.occupation_secrete then 'Taux d’occupation : un chiffre est secret.'
            when taux.taux_occupation_pct is null
                then
                    'Taux d’occupation : il y faut les heures réalisées, les places et les heures '
                    || 'd’ouverture.'
        end,
        case
            when activite.facturation_secrete then 'Taux de facturation : un chiffre est secret.'
            when taux.taux_facturation_pct is null
                then
                    'Taux de facturation : il y faut les heures facturées et les heures réalisées.'
        end
    ), '') as motif,
    activite.source_id
from {{ ref('int_activite_eaje') }} as activite
inner join {{ ref('int_lignes_services') }} as lignes
    on activite.entite_id = lignes.ligne_id
left join taux
    on
        activite.entite_id = taux.entite_id
        and activite.annee = taux.annee
        and activite.edition = taux.edition
        and activite.source_id = taux.source_id
where activite.niveau = 'service'
