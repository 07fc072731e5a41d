{#- What the Cnaf counts as EAJE: collective, familial, and micro-crèches. -#}
{% macro types_eaje() -%}
    ('EAJE', 'crèche familiale', 'micro-crèche')
{%- endmacro %}

{#- What the EAJE that nothing places do to a district. -#}
{% macro eaje_sans_district(decompte) -%}
    'Au moins : ' || {{ decompte }}.services_non_places || ' EAJE de la commune, sans district connu, '
    || 'compte(nt) comme s’ils étaient ici, sans capacité connue.'
{%- endmacro %}
