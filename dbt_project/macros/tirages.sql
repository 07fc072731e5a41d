{#- A value and its interval from one formula, computed on each draw: draw 0 is the estimate itself,
    the others spread around it. The interval holds 90 % of the draws, and always the value: a
    formula that is not linear (a Gini index) may be moved by the noise of its draws. Draws are the
    rows of a relation that is grouped by all but them, or one list, the estimate first. -#}

{% macro valeur_tiree(x) -%}
    max({{ x }}) filter (where tirage = 0)
{%- endmacro %}

{% macro borne_basse_tiree(x) -%}
    least(
        {{ valeur_tiree(x) }},
        quantile_cont({{ x }}, 0.05) filter (where tirage > 0)
    )
{%- endmacro %}

{% macro borne_haute_tiree(x) -%}
    greatest(
        {{ valeur_tiree(x) }},
        quantile_cont({{ x }}, 0.95) filter (where tirage > 0)
    )
{%- endmacro %}

{% macro valeur_de_liste(x) -%}
    {{ x }}[1]
{%- endmacro %}

{#- The draws of a list, a row each, under its name, with their number. -#}
{% macro un_tirage_par_ligne(liste) -%}
    unnest(range(len({{ liste }}))) as tirage,
    unnest({{ liste }}) as {{ liste }}
{%- endmacro %}

{% macro tirages_de_liste(x) -%}
    {{ x }}[2:]
{%- endmacro %}

{% macro borne_basse_de_liste(x) -%}
    least(
        {{ valeur_de_liste(x) }},
        list_aggregate({{ tirages_de_liste(x) }}, 'quantile_cont', 0.05)
    )
{%- endmacro %}

{% macro borne_haute_de_liste(x) -%}
    greatest(
        {{ valeur_de_liste(x) }},
        list_aggregate({{ tirages_de_liste(x) }}, 'quantile_cont', 0.95)
    )
{%- endmacro %}

{#- How often each district has each rank, from a `rangs` of one row a district: the list of its
    ranks, `rangs`. -#}
{% macro probabilites_de_rang() %}
frequences as (
    select
        territoire_id,
        len({{ tirages_de_liste('rangs') }}) as tirages,
        list_aggregate({{ tirages_de_liste('rangs') }}, 'histogram') as frequences
    from rangs
)

select
    territoire_id,
    unnest(map_keys(frequences)) as rang,
    100 * unnest(map_values(frequences)) / tirages as probabilite_pct
from frequences
{% endmacro %}
