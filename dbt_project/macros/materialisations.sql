{#- Tables and views in one statement each. DuckDB replaces an object at once; dbt's own way (a
    second object, two renames, a drop) costs a third of the build and protects readers that a build
    file does not have. A model in Python gives its table as an Arrow table. dbt runs Python only
    where a materialization itself calls `statement`. -#}

{% macro faire_place(relation, objet) %}
    {%- set existante = load_cached_relation(relation) -%}
    {%- if existante is not none and existante.type != objet %}
        {%- do adapter.drop_relation(existante) -%}
    {%- endif %}
{% endmacro %}

{% macro remplacer(relation, objet, code) -%}
    create or replace {{ objet }} {{ relation }} as ({{ code }})
{%- endmacro %}

{#- A view names tables, not their file: it is published in a file of another name. -#}
{% macro sans_catalogue(code) -%}
    {{ code | replace(this.include(schema=false, identifier=false) ~ '.', '') }}
{%- endmacro %}

{% macro remplacer_par_python(relation, code) -%}
    {{ code }}


def materialize(df, con):
    con.register('_calcul', df)
    con.execute('create or replace table {{ relation }} as from _calcul')
    con.unregister('_calcul')
{%- endmacro %}

{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {%- set relation = this.incorporate(type='table') -%}
    {%- do faire_place(relation, 'table') -%}
    {% call statement('main', language=model['language']) -%}
        {{ remplacer_par_python(relation, compiled_code) if model['language'] == 'python'
            else remplacer(relation, 'table', compiled_code) }}
    {%- endcall %}
    {% do adapter.commit() %}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {%- set relation = this.incorporate(type='view') -%}
    {%- do faire_place(relation, 'view') -%}
    {% call statement('main') -%}
        {{ remplacer(relation, 'view', sans_catalogue(sql)) }}
    {%- endcall %}
    {% do adapter.commit() %}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}
