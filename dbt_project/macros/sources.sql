{#- The files of some data sets, as an indicator cites them. -#}
{% macro fichiers(jeux) -%}
    (
        select string_agg(catalogue.source_id, ' ; ' order by catalogue.source_id)
        from {{ ref('stg_observatoire__sources') }} as catalogue
        where catalogue.jeu in ('{{ jeux | join("', '") }}')
    )
{%- endmacro %}

{#- The files that say which services there are, and where. -#}
{% macro sources_des_services() -%}
    {{ fichiers(['convention_registre', 'convention_corrections', 'convention_placements']) }}
{%- endmacro %}

{#- A list of strings in one, each of them once. -#}
{% macro sans_repetition(liste) -%}
    array_to_string(list_sort(list_distinct({{ liste }})), ' ; ')
{%- endmacro %}

{#- The vintage and the edition of the registry, which date every count of services; no row where
    there is no registry, so that nothing is counted against it. -#}
{% macro edition_du_registre() -%}
    select
        min(millesime) as millesime,
        min(edition) as edition
    from {{ ref('int_services') }}
    having count(*) > 0
{%- endmacro %}

{#- Among them, the files of the editions that a value cites (« RP 2019 ; Filosofi 2019 »). -#}
{% macro fichiers_des_editions(jeux, editions) -%}
    (
        select string_agg(catalogue.source_id, ' ; ' order by catalogue.source_id)
        from {{ ref('stg_observatoire__sources') }} as catalogue
        where
            catalogue.jeu in ('{{ jeux | join("', '") }}')
            and list_contains(string_split({{ editions }}, ' ; '), catalogue.edition)
    )
{%- endmacro %}
