{#- Why figures of a row are missing: the mark that their publisher prints in place of each. -#}
{% macro motif_absence(relation, mesures) -%}
    {%- set marques = [] -%}
    {%- for mesure in mesures -%}
        {%- do marques.append("'" ~ mesure ~ " : ' || " ~ relation ~ "." ~ mesure ~ "_marque") -%}
    {%- endfor -%}
    nullif(concat_ws(' ; ', {{ marques | join(', ') }}), '')
{%- endmacro %}
