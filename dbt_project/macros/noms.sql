{#- Schemas and tables bear the names that analysts read: no prefix, no environment. -#}

{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}

{#- A mart's file is <schema>__<table>.sql, because dbt wants one name in the whole project. -#}
{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
    {%- if node.fqn[1] == 'marts' -%} {{ node.name.split('__')[1] }}
    {%- else -%} {{ node.name }}
    {%- endif -%}
{%- endmacro %}
