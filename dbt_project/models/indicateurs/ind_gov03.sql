-- The mean of what is known: an action that is due and not opened has a delay that is not over.
with

retards as (
    select
        territoires.territoire_id,
        territoires.niveau,
        count(actions.retard_mois) filter (where actions.etat = 'ouverte') as ouvertes,
        sum(actions.retard_mois) filter (where actions.etat = 'ouverte') as mois,
        count(*) filter (
            where actions.est_due and actions.etat not in ('ouverte', 'abandonnée')
        ) as attendues
    from {{ ref('int_actions') }} as actions
    inner join {{ ref('int_territoires') }} as territoires
        on
            territoires.niveau = 'territoire'
            or (
                territoires.niveau = 'commune'
                and actions.commune_id = territoires.territoire_id
            )
    group by
        territoires.territoire_id,
        territoires.niveau
)

select
    'GOV03' as indicateur_id,
    'ensemble' as declinaison,
    retards.territoire_id,
    retards.niveau,
    situation.millesime,
    situation.edition,
    retards.mois / nullif(retards.ouvertes, 0) as valeur,
    if(retards.ouvertes > 0, cast(retards.mois as double), null) as numerateur,
    cast(nullif(retards.ouvertes, 0) as double) as denominateur,
    cast(null as double) as borne_basse,
    cast(null as double) as borne_haute,
    if(
        retards.ouvertes > 0,
        100.0 * retards.ouvertes / (retards.ouvertes + retards.attendues),
        null
    ) as completude_pct,
    if(retards.ouvertes > 0, 'calculé', 'non calculable') as statut,
    case
        when situation.situation_au is null then {{ suivi_a_tenir() }}
        when retards.ouvertes = 0
            then
                'Aucune action ouverte ici au '
                || strftime(situation.situation_au, '%d/%m/%Y') || '.'
        when retards.attendues > 0
            then
                'Actions dues et non ouvertes, dont le retard n’est pas fini et n’entre pas dans '
                || 'la moyenne : ' || retards.attendues || '.'
        else
            'Toutes les actions dues ici au '
            || strftime(situation.situation_au, '%d/%m/%Y') || ' sont ouvertes ou abandonnées.'
    end as motif,
    {{ fichiers(['convention_developpement', 'convention_realisations']) }} as sources
from retards
cross join {{ ref('int_situation') }} as situation
where situation.suivi_tenu
