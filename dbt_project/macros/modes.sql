{#- The Cnaf's modes of care, in words. -#}
{% macro libelle_mode(mode) -%}
    case {{ mode }}
        when 'eaje_psu' then 'EAJE financés par la PSU'
        when 'eaje_hors_psu' then 'EAJE hors PSU'
        when 'eaje_ensemble' then 'EAJE, ensemble'
        when 'prescolarisation' then 'préscolarisation'
        when 'assistante_maternelle' then 'assistantes maternelles'
        when 'garde_a_domicile' then 'garde à domicile'
        when 'accueil_individuel_ensemble' then 'accueil individuel, ensemble'
        else {{ mode }}
    end
{%- endmacro %}
