{#- What is published for Insee communes, brought to those of the reference. It needs a relation
    before it: `chiffres` (commune_insee, annee, mesure, valeur, geographie, edition, source_id). -#}
{% macro passes_des_communes() %}
passes as (
    select
        chiffres.annee,
        chiffres.mesure,
        chiffres.edition,
        chiffres.source_id,
        coalesce(passages.code_cible, chiffres.commune_insee) as commune_insee,
        {{ somme('chiffres.valeur * coalesce(passages.part, 1)') }} as valeur,
        count(chiffres.valeur) >= max(coalesce(passages.codes_reunis, 1)) as complete
    from chiffres
    left join {{ ref('int_passage_communes') }} as passages
        on
            chiffres.commune_insee = passages.code_source
            and chiffres.geographie = passages.geographie_source
    group by
        chiffres.annee,
        chiffres.mesure,
        chiffres.edition,
        chiffres.source_id,
        coalesce(passages.code_cible, chiffres.commune_insee)
)
{% endmacro %}

{#- Their sums, for the territories made of them. A sum stands only if every commune has its figure:
    what is missing is not zero. -#}
{% macro sommes_des_communes() %}
{{ passes_des_communes() }},

sommes as (
    select
        communes.territoire_id,
        communes.niveau,
        communes.communes_insee,
        passes.annee,
        passes.mesure,
        passes.edition,
        passes.source_id,
        communes.communes_insee - count(*) filter (where passes.complete) as communes_absentes,
        {{ somme('passes.valeur') }} as valeur
    from passes
    inner join {{ ref('int_communes_insee') }} as communes
        on passes.commune_insee = communes.commune_insee
    group by
        communes.territoire_id,
        communes.niveau,
        communes.communes_insee,
        passes.annee,
        passes.mesure,
        passes.edition,
        passes.source_id
)
{% endmacro %}
