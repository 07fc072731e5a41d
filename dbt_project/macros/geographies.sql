{#- The last of what several geographies, or several editions of one, give of the same area. -#}
{% macro le_plus_recent(cle) -%}
    row_number() over (partition by {{ cle }} order by geographie desc, edition desc) = 1
{%- endmacro %}
