-- The priority districts of an assumption are those most often among the first; those as often
-- there are told apart by their rank at the estimate.
with

frequences as (
    select
        hypothese,
        modalite,
        territoire_id,
        len({{ tirages_de_liste('rangs') }}) as tirages,
        len(
            list_filter(
                {{ tirages_de_liste('rangs') }}, lambda r: r <= {{ var('nombre_prioritaires') }}
            )
        ) as tirages_en_tete,
        {{ valeur_de_liste('rangs') }} as rang_estime
    from {{ ref('est_rangs_priorite') }}
),

choix as (
    select
        *,
        100 * tirages_en_tete / tirages as probabilite_pct,
        row_number() over (
            partition by hypothese, modalite
            order by tirages_en_tete desc, rang_estime asc
        ) <= {{ var('nombre_prioritaires') }} as prioritaire
    from frequences
)

select
    choix.hypothese,
    choix.modalite,
    choix.territoire_id,
    choix.tirages,
    choix.tirages_en_tete,
    choix.probabilite_pct,
    choix.prioritaire,
    reference.probabilite_pct as probabilite_reference_pct,
    case
        when choix.prioritaire and not reference.prioritaire then 'entre'
        when not choix.prioritaire and reference.prioritaire then 'sort'
    end as bascule
from choix
inner join choix as reference
    on
        choix.territoire_id = reference.territoire_id
        and reference.hypothese = 'référence'
