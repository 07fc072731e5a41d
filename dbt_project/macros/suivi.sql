{#- Why nothing can be said while the analysts' file has no event: what to fill, and how. -#}
{% macro suivi_a_tenir() -%}
    'Aucun événement dans realisations.csv : y inscrire ce qui s’est passé depuis la signature, '
    || 'une ligne par événement avec sa pièce, puis relancer make refresh.'
{%- endmacro %}

{#- The share of what was due at the date of the situation that was done. What no event speaks of
    may have been done: it is not counted in the value, and widens its upper bound. -#}
{% macro part_du_prevu(indicateur_id, mesure, jeux) %}
select
    '{{ indicateur_id }}' as indicateur_id,
    'ensemble' as declinaison,
    decomptes.territoire_id,
    decomptes.niveau,
    situation.millesime,
    situation.edition,
    100.0 * decomptes.realises / nullif(decomptes.dus, 0) as valeur,
    if(decomptes.dus > 0, cast(decomptes.realises as double), null) as numerateur,
    cast(nullif(decomptes.dus, 0) as double) as denominateur,
    100.0 * decomptes.realises / nullif(decomptes.dus, 0) as borne_basse,
    100.0 * (decomptes.realises + decomptes.sans_evenement) / nullif(decomptes.dus, 0)
        as borne_haute,
    100.0 * (decomptes.dus - decomptes.sans_evenement) / nullif(decomptes.dus, 0)
        as completude_pct,
    if(decomptes.dus > 0, 'calculé', 'non calculable') as statut,
    case
        when situation.situation_au is null then {{ suivi_a_tenir() }}
        when decomptes.dus = 0
            then
                'Rien n’était encore dû ici au '
                || strftime(situation.situation_au, '%d/%m/%Y') || '.'
        when decomptes.sans_evenement > 0
            then
                'Plancher : {{ mesure }} sans aucun événement dans realisations.csv, '
                || decomptes.sans_evenement || ' sur ' || decomptes.dus || '.'
    end as motif,
    {{ fichiers(jeux + ['convention_realisations']) }} as sources
from {{ ref('int_suivi_decomptes') }} as decomptes
cross join {{ ref('int_situation') }} as situation
where
    decomptes.mesure = '{{ mesure }}'
    and situation.suivi_tenu
{% endmacro %}
