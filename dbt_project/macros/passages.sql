{#- The way from the codes of each geography to those of the reference, year after year. It needs
    two relations before it: `changements` (annee, code_ini, code_fin, part, nature, estime), the year
    being the first one that knows the final code, and `reference` (annee). Each code that changes
    starts from each geography that a file uses; a code that is not here has not changed. -#}
{% macro passages() %}
departs as (
    select distinct
        changements.code_ini as code_source,
        sources.geographie as geographie_source
    from changements
    cross join reference
    inner join {{ ref('stg_observatoire__sources') }} as sources
        on reference.annee > sources.geographie
),

chemins as (
    select
        code_source,
        geographie_source,
        code_source as code,
        geographie_source as annee,
        cast(1 as double) as part,
        false as estime,
        cast([] as varchar[]) as natures
    from departs
    union all
    select
        chemins.code_source,
        chemins.geographie_source,
        coalesce(changements.code_fin, chemins.code) as code,
        chemins.annee + 1 as annee,
        chemins.part * coalesce(changements.part, 1) as part,
        chemins.estime or coalesce(changements.estime, false) as estime,
        if(
            changements.code_fin is null,
            chemins.natures,
            list_append(chemins.natures, coalesce(changements.nature, 'changement de code'))
        ) as natures
    from chemins
    cross join reference
    left join changements
        on
            chemins.code = changements.code_ini
            and chemins.annee + 1 = changements.annee
    where chemins.annee < reference.annee
),

arrivees as (
    select
        chemins.code_source,
        chemins.geographie_source,
        chemins.code as code_cible,
        reference.annee as geographie_cible,
        {{ somme('chemins.part') }} as part,
        if(bool_or(chemins.estime), 'estimé', 'exact') as statut,
        array_to_string(list_sort(list_distinct(flatten(list(chemins.natures)))), ' ; ') as nature
    from chemins
    inner join reference on chemins.annee = reference.annee
    group by
        chemins.code_source,
        chemins.geographie_source,
        chemins.code,
        reference.annee
    having len(flatten(list(chemins.natures))) > 0
)

select
    code_source,
    geographie_source,
    code_cible,
    geographie_cible,
    part,
    statut,
    nature,
    count(*) over (partition by geographie_source, code_cible) as codes_reunis
from arrivees
{% endmacro %}
