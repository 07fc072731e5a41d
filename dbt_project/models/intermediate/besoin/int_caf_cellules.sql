-- A blank cell is not « 0 to 4 »: where one cell of a breakdown is hidden another one goes with it,
-- whatever its size, so that the total does not give the first away. Together they are the total
-- less what is published: that is what bounds each of them.
with

-- The breakdowns that the file publishes beside their total.
lignes as (
    select
        *,
        [
            enfants_0_2,
            enfants_3_5,
            enfants_6_10,
            enfants_11_14,
            enfants_15_17,
            enfants_18_24
        ] as par_age,
        [
            foyers_personne_seule,
            foyers_monoparentaux,
            foyers_couple_sans_enfant,
            foyers_couple_avec_enfant
        ] as par_composition
    from {{ ref('stg_caf__allocataires') }}
),

restes as (
    select
        * exclude (par_age, par_composition),
        len(par_age) - list_count(par_age) as ages_vides,
        enfants - coalesce(list_sum(par_age), 0) as reste_des_ages,
        len(par_composition) - list_count(par_composition) as compositions_vides,
        foyers_allocataires - coalesce(list_sum(par_composition), 0) as reste_des_compositions
    from lignes
),

cellules as (
    select
        *,
        case
            when starts_with(cellule, 'enfants_') then 'enfants par âge'
            when
                starts_with(cellule, 'foyers_')
                and cellule <> 'foyers_allocataires'
                then 'foyers par composition'
        end as repartition
    from restes
    unpivot include nulls (
        valeur for cellule in (columns('^(foyers|personnes|enfants)(_|$)'))
    )
)

select
    iris,
    masque,
    cellule,
    repartition,
    valeur,
    case repartition
        when 'enfants par âge' then ages_vides
        when 'foyers par composition' then compositions_vides
        else if(valeur is null, 1, 0)
    end as cellules_vides,
    case repartition
        when 'enfants par âge' then reste_des_ages
        when 'foyers par composition' then reste_des_compositions
    end as reste,
    millesime,
    edition,
    geographie,
    source_id
from cellules
