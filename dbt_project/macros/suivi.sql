{#- Why nothing can be said while the analysts' file has no event: what to fill, and how. -#}
{% macro suivi_a_tenir() -%}
    'Aucun événement dans realisations.csv : y inscrire ce qui s’est passé depuis la signature, '
    || 'une ligne par événement avec sa pièce, puis relancer make refresh.'
{%- endmacro %}

{#- The share of what was due at the date of the situation that was done. What no event speaks of
    may have been done: it is not counted in the value, and widens its upper bound. Where no event
    speaks of anything that was due, a zero would be invented. -#}
{% macro part_du_prevu(indicateur_id, mesure, jeux) %}
with

decomptes as (
    select
        *,
        dus - sans_evenement as renseignes
    from {{ ref('int_suivi_decomptes') }}
    where mesure = '{{ mesure }}'
)

select
    '{{ indicateur_id }}' as indicateur_id,
    'ensemble' as declinaison,
    decomptes.territoire_id,
    decomptes.niveau,
    situation.millesime,
    situation.edition,
    if(decomptes.renseignes > 0, 100.0 * decomptes.realises / decomptes.dus, null) as valeur,
    if(decomptes.renseignes > 0, cast(decomptes.realises as double), null) as numerateur,
    cast(nullif(decomptes.dus, 0) as double) as denominateur,
    if(decomptes.renseignes > 0, 100.0 * decomptes.realises / decomptes.dus, null)
        as borne_basse,
    if(
        decomptes.renseignes > 0,
        100.0 * (decomptes.realises + decomptes.sans_evenement) / decomptes.dus,
        null
    ) as borne_haute,
    100.0 * decomptes.renseignes / nullif(decomptes.dus, 0) as completude_pct,
    if(decomptes.renseignes > 0, 'calculé', 'non calculable') as statut,
    case
        when situation.situation_au is null then {{ suivi_a_tenir() }}
        when decomptes.dus = 0
            then
                'Rien n’était encore dû ici au '
                || strftime(situation.situation_au, '%d/%m/%Y') || '.'
        when decomptes.renseignes = 0
            then
                'Aucun événement dans realisations.csv sur ce qui était dû ici au '
                || strftime(situation.situation_au, '%d/%m/%Y')
                || ' ({{ mesure }} : ' || decomptes.dus || ').'
        when decomptes.sans_evenement > 0
            then
                'Plancher : {{ mesure }} sans aucun événement dans realisations.csv, '
                || decomptes.sans_evenement || ' sur ' || decomptes.dus || '.'
        else
            'Tout ce qui était dû ici au ' || strftime(situation.situation_au, '%d/%m/%Y')
            || ' a un événement dans realisations.csv.'
    end as motif,
    {{ fichiers(jeux + ['convention_realisations']) }} as sources
from decomptes
cross join {{ ref('int_situation') }} as situation
where situation.suivi_tenu
{% endmacro %}
