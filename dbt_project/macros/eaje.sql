{#- What the Cnaf counts as EAJE: collective, familial, and micro-crèches. -#}
{% macro types_eaje() -%}
    ('EAJE', 'crèche familiale', 'micro-crèche')
{%- endmacro %}

{#- What the EAJE that nothing places do to a district, after another sentence; nothing if none. -#}
{% macro eaje_sans_district(decompte) -%}
    if(
        {{ decompte }}.services_non_places > 0,
        ' Y sont comptés ' || {{ decompte }}.services_non_places
        || ' EAJE de la commune que rien ne place, sans leur capacité.',
        ''
    )
{%- endmacro %}

{#- The part of each IRIS in what is left of a window of IRIS (a district, a commune): by the
    establishments that are left, by all of them where none is, zero where there is none. -#}
{% macro part_des_restants(restants, fenetre) -%}
    coalesce(
        {{ restants }} / nullif({{ somme_sur(restants, fenetre) }}, 0),
        etablissements / nullif({{ somme_sur('etablissements', fenetre) }}, 0),
        0
    )
{%- endmacro %}

{#- A bound of what is drawn from the spread of known capacities: none where too few are known. -#}
{% macro avec_etendue(borne) -%}
    if(
        (
            select count(eaje.places) >= {{ var('capacites_minimum') }}
            from {{ ref('int_eaje') }} as eaje
            where eaje.collectif
        ),
        {{ borne }},
        null
    )
{%- endmacro %}

{#- The files that say which places are known, and where. -#}
{% macro sources_des_places() -%}
    {{ fichiers([
        'convention_capacites',
        'convention_registre',
        'convention_corrections',
        'convention_placements',
    ]) }}
{%- endmacro %}
