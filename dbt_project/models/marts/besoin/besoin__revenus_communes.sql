-- A median is never combined: it stands where one Insee commune is the whole, and did not change.
{%- set mesures = [
    'menages_fiscaux',
    'personnes',
    'premier_quartile_eur',
    'mediane_eur',
    'troisieme_quartile_eur',
    'taux_pauvrete_pct',
] %}
select
    communes.territoire_id,
    communes.niveau,
    revenus.millesime,
    revenus.edition,
    {% for mesure in mesures -%}
        revenus.{{ mesure }},
    {% endfor -%}
    {{ motif_absence('revenus', mesures) }} as motif_absence,
    revenus.source_id
from {{ ref('stg_insee__filosofi_communes') }} as revenus
left join {{ ref('int_passage_communes') }} as passages
    on
        revenus.commune_insee = passages.code_source
        and revenus.geographie = passages.geographie_source
inner join {{ ref('int_communes_insee') }} as communes
    on coalesce(passages.code_cible, revenus.commune_insee) = communes.commune_insee
where
    communes.communes_insee = 1
    and coalesce(passages.part, 1) = 1
    and coalesce(passages.codes_reunis, 1) = 1
