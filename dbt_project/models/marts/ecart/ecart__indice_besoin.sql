-- The index of a district is the sum of its contributions.
with

composantes as (
    select
        composante,
        territoire_id,
        millesime,
        edition,
        {{ valeur_de_liste('valeurs') }} as valeur,
        {{ borne_basse_de_liste('valeurs') }} as borne_basse,
        {{ borne_haute_de_liste('valeurs') }} as borne_haute
    from {{ ref('int_composantes_besoin') }}
),

-- Decimals: their sum does not depend on the order of the rows.
poids as (
    select
        critere,
        cast(poids as decimal(18, 12)) as poids
    from {{ ref('est_poids') }}
    where
        indice = 'BES04'
        and tirage = 0
),

pesees as (
    select
        composantes.*,
        {{ valeur_de_liste('standardisees.valeurs_standardisees') }} as valeur_standardisee,
        100 * poids.poids
        / sum(poids.poids) over (partition by composantes.territoire_id) as poids_pct
    from composantes
    inner join poids on composantes.composante = poids.critere
    inner join {{ ref('est_composantes') }} as standardisees
        on
            composantes.composante = standardisees.composante
            and composantes.territoire_id = standardisees.territoire_id
)

select
    territoire_id,
    composante,
    case composante
        when 'pauvreté' then 'Taux de pauvreté (BES03)'
        when 'monoparentalité' then 'Familles monoparentales (BES02)'
        when 'jeunes enfants' then 'Enfants de 0 à 2 ans dans la population'
    end as libelle,
    valeur,
    borne_basse,
    borne_haute,
    case composante
        when 'pauvreté' then '% des personnes'
        when 'monoparentalité' then '% des familles avec enfant'
        when 'jeunes enfants' then '% des habitants'
    end as unite,
    valeur_standardisee,
    poids_pct,
    poids_pct / 100 * valeur_standardisee as contribution,
    millesime,
    edition
from pesees
