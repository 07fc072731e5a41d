{%- set tables = ['insee_naissances', 'insee_naissances_departement', 'insee_naissances_france'] -%}

{% for table in tables %}
    select
        codgeo as territoire_id,
        annee,
        naissances,
        naissances_marque as motif_absence,
        edition,
        geographie,
        source_id
    from {{ source('insee', table) }}
    {% if not loop.last %}union all{% endif %}
{% endfor %}
