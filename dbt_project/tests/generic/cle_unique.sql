{#- No two rows share a key; the failing rows are the keys, with how often each stands. -#}
{% test cle_unique(model, colonnes) %}
    select
        {{ colonnes | join(', ') }},
        count(*) as occurrences
    from {{ model }}
    group by {{ colonnes | join(', ') }}
    having count(*) > 1
{% endtest %}
