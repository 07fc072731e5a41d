-- The weighted mean of the components that a district has, if they bear enough of the weight; and
-- what it would be with the weights as stated, with the components at their estimate, or without
-- one of them.
with

poids as (
    select *
    from {{ ref('est_poids') }}
    where indice = 'BES04'
),

enonces as (
    select
        critere,
        poids
    from poids
    where tirage = 0
),

variantes as (
    select
        'référence' as variante,
        null as exclue,
        true as poids_tires,
        true as composantes_tirees
    union all
    select
        'poids énoncés' as variante,
        null as exclue,
        false as poids_tires,
        true as composantes_tirees
    union all
    select
        'recensement sans erreur' as variante,
        null as exclue,
        true as poids_tires,
        false as composantes_tirees
    union all
    select
        'sans ' || critere as variante,
        critere as exclue,
        true as poids_tires,
        true as composantes_tirees
    from enonces
),

tirages as (
    select distinct tirage
    from {{ ref('est_composantes') }}
)

select
    variantes.variante,
    tirages.tirage,
    composantes.territoire_id,
    {{ somme('poids.poids * composantes.valeur_standardisee') }} / {{ somme('poids.poids') }}
        as indice
from variantes
cross join tirages
inner join {{ ref('est_composantes') }} as composantes
    on
        composantes.composante is distinct from variantes.exclue
        and composantes.tirage = if(variantes.composantes_tirees, tirages.tirage, 0)
inner join enonces on composantes.composante = enonces.critere
inner join poids
    on
        composantes.composante = poids.critere
        and poids.tirage = if(variantes.poids_tires, tirages.tirage, 0)
group by
    variantes.variante,
    tirages.tirage,
    composantes.territoire_id
having 100 * {{ somme('enonces.poids') }} >= {{ var('seuil_poids_pct') }}
