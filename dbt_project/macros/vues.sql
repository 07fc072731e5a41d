{#- What the views share: names in the place of codes, figures in words. The SQL of a view is run by
    the reader's own DuckDB, 1.0 or later: nothing younger stands in it. -#}

{#- Every territory by its name, beside that of its commune. -#}
{% macro territoires_nommes() -%}
    select
        territoires.territoire_id,
        territoires.libelle as territoire,
        communes.libelle as commune,
        territoires.niveau
    from {{ ref('referentiel__territoires') }} as territoires
    left join {{ ref('referentiel__territoires') }} as communes
        on territoires.commune_id = communes.territoire_id
{%- endmacro %}

{% macro en_chiffres(x, entier) -%}
    {%- set arrondi = "replace(format('{:,d}', cast(round(" ~ x ~ ") as bigint)), ',', ' ')" -%}
    {%- if entier -%}
        {{ arrondi }}
    {%- else -%}
        case
            when abs({{ x }}) < 10 then replace(format('{:.2f}', {{ x }}), '.', ',')
            when abs({{ x }}) < 1000 then replace(format('{:.1f}', {{ x }}), '.', ',')
            else {{ arrondi }}
        end
    {%- endif -%}
{%- endmacro %}

{#- An interval as one says it; nothing where nothing bounds the value, or where it is exact. -#}
{% macro intervalle(basse, haute, entier=false) -%}
    case
        when {{ basse }} is null and {{ haute }} is null then null
        when {{ haute }} is null then 'au moins ' || {{ en_chiffres(basse, entier) }}
        when {{ basse }} is null then 'au plus ' || {{ en_chiffres(haute, entier) }}
        else 'de ' || {{ en_chiffres(basse, entier) }} || ' à ' || {{ en_chiffres(haute, entier) }}
    end
{%- endmacro %}
