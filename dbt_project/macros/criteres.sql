{#- What an index is made of: the vintage and the editions of its criteria, and for each district
    the share of the stated weights that it has (an absent criterion takes its own out of 100 %)
    and the names of what it lacks. It needs a relation before it: `mesures` (critere, territoire_id,
    millesime, edition), one row for each criterion that a district has. -#}
{% macro criteres_presents(indice) %}
editions as (
    select
        max(millesime) as millesime,
        {{ sans_repetition("flatten(list(string_split(edition, ' ; ')))") }} as edition
    from mesures
),

presences as (
    select
        districts.territoire_id,
        100 * (1 - {{ somme('if(mesures.critere is null, poids.poids, 0)') }}) as part_poids_pct,
        string_agg(poids.critere, ', ' order by poids.critere)
        filter (where mesures.critere is null) as absents
    from (select distinct connus.territoire_id from mesures as connus) as districts
    cross join {{ ref('est_poids') }} as poids
    left join mesures
        on
            districts.territoire_id = mesures.territoire_id
            and poids.critere = mesures.critere
    where
        poids.indice = '{{ indice }}'
        and poids.tirage = 0
    group by districts.territoire_id
)
{% endmacro %}
