-- The weighted mean of the components that a district has, if they bear enough of the weight; and
-- what it would be with the weights as stated, or without one of its components.
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
        false as poids_enonces
    union all
    select
        'poids énoncés' as variante,
        null as exclue,
        true as poids_enonces
    union all
    select
        'sans ' || critere as variante,
        critere as exclue,
        false as poids_enonces
    from enonces
)

select
    variantes.variante,
    composantes.tirage,
    composantes.territoire_id,
    {{ somme('poids.poids * composantes.valeur_standardisee') }} / {{ somme('poids.poids') }}
        as indice
from {{ ref('est_composantes') }} as composantes
inner join variantes on composantes.composante is distinct from variantes.exclue
inner join enonces on composantes.composante = enonces.critere
inner join poids
    on
        composantes.composante = poids.critere
        and poids.tirage = if(variantes.poids_enonces, 0, composantes.tirage)
group by
    variantes.variante,
    composantes.tirage,
    composantes.territoire_id
having 100 * {{ somme('enonces.poids') }} >= {{ var('seuil_poids_pct') }}
