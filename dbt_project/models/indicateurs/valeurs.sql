{%- set indicateurs = [
    'pe01', 'pe02', 'pe03', 'pe04', 'pe05', 'pe06',
    'alsh02', 'peri01', 'ado01', 'lud01', 'laep01', 'eco01',
    'bes01', 'bes02', 'bes03',
    'bes04', 'pri01', 'equ01',
    'dq01', 'dq02', 'dq03',
] -%}

{% for indicateur in indicateurs %}
    select
        indicateur_id,
        declinaison,
        territoire_id,
        niveau,
        millesime,
        edition,
        valeur,
        numerateur,
        denominateur,
        borne_basse,
        borne_haute,
        completude_pct,
        statut,
        motif,
        sources
    from {{ ref('ind_' ~ indicateur) }}
    {% if not loop.last %}union all{% endif %}
{% endfor %}
