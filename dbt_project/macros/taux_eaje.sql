{#- A rate of the activity of the EAJE of a commune, as an indicator. -#}
{% macro taux_eaje(indicateur_id) %}
select
    '{{ indicateur_id }}' as indicateur_id,
    'ensemble' as declinaison,
    entite_id as territoire_id,
    niveau,
    annee as millesime,
    edition,
    taux_pct as valeur,
    numerateur,
    denominateur,
    borne_basse,
    borne_haute,
    coalesce(completude_pct, 100) as completude_pct,
    case
        when secret then 'secret'
        when completude_pct < 100 then 'estimé'
        else 'calculé'
    end as statut,
    case
        when secret
            then 'Un chiffre de la Caf, de la commune ou d’un de ses EAJE, est secret.'
        when completude_pct is not null
            then
                'Somme des EAJE dont la Caf donne l’activité, '
                || {{ nombre('completude_pct') }} || ' % de ceux du registre.'
                || case
                    when completude_pct >= 100 then ''
                    when borne_basse is null
                        then
                            ' Moins de {{ var("capacites_minimum") }} EAJE donnés : rien ne dit '
                            || 'ce que font les autres.'
                    else
                        ' Bornes : les autres, de même taille, au taux le plus bas ou le plus '
                        || 'haut de ceux-ci.'
                end
        else 'Donné par la Caf pour la commune.'
    end as motif,
    source_id as sources
from {{ ref('int_taux_eaje') }}
where
    indicateur_id = '{{ indicateur_id }}'
    and niveau = 'commune'
{% endmacro %}
