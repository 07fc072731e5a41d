{#- A sum that does not depend on the order of its rows: two refreshes give the same digits, and a
    whole is the sum of its parts. Floating point gives neither. -#}
{% macro somme(x) -%}
    cast(sum(cast({{ x }} as decimal(38, 12))) as double)
{%- endmacro %}

{#- The same over a window. -#}
{% macro somme_sur(x, fenetre) -%}
    cast(sum(cast({{ x }} as decimal(38, 12))) over {{ fenetre }} as double)
{%- endmacro %}
