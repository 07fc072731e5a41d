{#- What two spellings of one place have in common: no accent, no punctuation, no article. -#}
{% macro normaliser(texte) -%}
    trim(regexp_replace(
        regexp_replace(
            ' ' || regexp_replace(strip_accents(lower({{ texte }})), '[^a-z0-9]+', ' ', 'g') || ' ',
            ' (de|du|des|d|la|le|les|l)( (de|du|des|d|la|le|les|l))* ', ' ', 'g'
        ),
        ' +', ' ', 'g'
    ))
{%- endmacro %}

{#- The same without plurals, between blanks: a text found in another is there as whole words. -#}
{% macro mots(texte) -%}
    ' ' || regexp_replace({{ normaliser(texte) }}, '\B[sx]\b', '', 'g') || ' '
{%- endmacro %}

{% macro identifiant(texte) -%}
    replace({{ normaliser(texte) }}, ' ', '-')
{%- endmacro %}

{#- The first items of a list, and how many there are in all where they are more. -#}
{% macro debut_de_liste(liste, nombre, total, unite='') -%}
    array_to_string({{ liste }}[:{{ nombre }}], ', ')
    || if(len({{ liste }}) > {{ nombre }}, ', … (' || {{ total }} || '{{ unite }} en tout)', '')
{%- endmacro %}
