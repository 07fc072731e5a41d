{#- What several indicators say in the same words, in their reasons. What follows another sentence
    starts with a space, and is empty where there is nothing to say. -#}

{#- Figures in sentences, the French way. -#}
{% macro nombre(x) -%}
    replace(replace(format('{:,.1f}', cast({{ x }} as double)), ',', ' '), '.', ',')
{%- endmacro %}

{% macro entier(x) -%}
    replace(format('{:,}', cast({{ x }} as bigint)), ',', ' ')
{%- endmacro %}

{#- No rate without children: whose, « de 0 à 2 ans ». -#}
{% macro aucun_enfant(age) -%}
    'Aucun enfant {{ age }} au recensement.'
{%- endmacro %}

{#- No rate without the census of its year, its denominator or its weights. -#}
{% macro recensement_absent(millesime, role='dénominateur') -%}
    'Le recensement ' || {{ millesime }}
    || ' n’est pas dans les sources : pas de {{ role }} du même millésime.'
{%- endmacro %}

{#- Why a bound drawn from the spread of known capacities is absent, after another sentence. -#}
{% macro capacites_trop_rares(borne) -%}
    if(
        {{ borne }} is null,
        ' Moins de {{ var("capacites_minimum") }} capacités connues : pas d’intervalle.',
        ''
    )
{%- endmacro %}

{#- What a value leaves out, after another sentence. -#}
{% macro n_y_comptent_pas(nombre, objet) -%}
    if({{ nombre }} > 0, ' ' || {{ nombre }} || ' {{ objet }} n’y comptent pas.', '')
{%- endmacro %}
