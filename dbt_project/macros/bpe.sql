{#- The IRIS of an equipment, spelt 59350_0207 or 593500207; its commune where it is not placed in
    one: the commune alone, the commune and 0000, or letters (CSZ). -#}
{% macro lieu_bpe(dciris, depcom) -%}
    if(
        regexp_matches({{ dciris }}, '[0-9]{4}$')
        and length(replace({{ dciris }}, '_', '')) = 9
        and not ends_with({{ dciris }}, '0000'),
        replace({{ dciris }}, '_', ''),
        {{ depcom }}
    )
{%- endmacro %}
