{#- Uncertainty of a census count below the commune.
    Two fifths of the dwellings are drawn over five years: a count of n persons has a coefficient of
    variation of about sqrt(1.5 × deff / n). The interval is n × (1 ± 2 CV), never below zero. -#}

{% macro cv_recensement(n) -%}
    coalesce(sqrt(1.5 * {{ var("effet_de_sondage") }} / nullif({{ n }}, 0)), 0)
{%- endmacro %}

{% macro borne_basse_recensement(n) -%}
    greatest(0, {{ n }} * (1 - 2 * {{ cv_recensement(n) }}))
{%- endmacro %}

{% macro borne_haute_recensement(n) -%}
    {{ n }} * (1 + 2 * {{ cv_recensement(n) }})
{%- endmacro %}
