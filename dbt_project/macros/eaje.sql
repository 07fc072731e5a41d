{#- What the Cnaf counts as EAJE: collective, familial, and micro-crèches. -#}
{% macro types_eaje() -%}
    ('EAJE', 'crèche familiale', 'micro-crèche')
{%- endmacro %}

{#- What the EAJE that nothing places do to a district, after another sentence; nothing if none. -#}
{% macro eaje_sans_district(decompte) -%}
    if(
        {{ decompte }}.services_non_places > 0,
        ' Y sont comptés, sans capacité connue, ' || {{ decompte }}.services_non_places
        || ' EAJE de la commune que rien ne place.',
        ''
    )
{%- endmacro %}
