-- Every value, then what is expected and has none: it says why.
with

valeurs as (
    select
        *,
        row_number() over (
            partition by indicateur_id, declinaison, territoire_id
            order by valeur is null, millesime desc, edition desc
        ) = 1 as dernier
    from {{ ref('valeurs') }}
),

catalogue as (
    select
        indicateur_id,
        libelle,
        unite,
        unnest(declinaisons) as declinaison
    from {{ ref('stg_observatoire__indicateurs') }}
),

absents as (
    select attendus.*
    from {{ ref('int_indicateurs_attendus') }} as attendus
    anti join {{ ref('valeurs') }} as valeurs
        on
            attendus.indicateur_id = valeurs.indicateur_id
            and attendus.declinaison = valeurs.declinaison
            and attendus.territoire_id = valeurs.territoire_id
)

select
    valeurs.indicateur_id,
    valeurs.declinaison,
    catalogue.libelle,
    valeurs.territoire_id,
    valeurs.niveau,
    valeurs.millesime,
    valeurs.edition,
    valeurs.dernier,
    valeurs.valeur,
    valeurs.numerateur,
    valeurs.denominateur,
    catalogue.unite,
    valeurs.borne_basse,
    valeurs.borne_haute,
    valeurs.completude_pct,
    valeurs.statut,
    valeurs.motif,
    valeurs.sources
from valeurs
left join catalogue
    on
        valeurs.indicateur_id = catalogue.indicateur_id
        and valeurs.declinaison = catalogue.declinaison
union all
select
    indicateur_id,
    declinaison,
    libelle,
    territoire_id,
    niveau,
    millesime,
    'sans source' as edition,
    true as dernier,
    null as valeur,
    null as numerateur,
    null as denominateur,
    unite,
    null as borne_basse,
    null as borne_haute,
    null as completude_pct,
    'non calculable' as statut,
    motif,
    'aucune' as sources
from absents
