with

registre as (
    select * from {{ ref('stg_convention__registre') }}
),

corrections as (
    pivot {{ ref('stg_convention__corrections') }}
    on champ in ('nom', 'adresse', 'commune', 'type_service', 'operateur')
    using first(valeur_corrigee)
    group by ligne_id
),

communes as (
    select *
    from {{ ref('stg_observatoire__territoires') }}
    where niveau = 'commune'
),

lu as (
    select
        registre.*,
        implantations.territoire_id as commune_id,
        communes.gestionnaire,
        corrections.type_service as type_service_corrige,
        corrections.operateur as operateur_corrige,
        coalesce(corrections.nom, registre.nom) as nom_corrige,
        coalesce(corrections.adresse, registre.adresse) as adresse_corrigee,
        {{ mots('registre.rubrique') }} as rubrique_lue,
        strip_accents(lower(coalesce(registre.gestion, ''))) as gestion_lue
    from registre
    inner join communes on registre.commune = communes.libelle
    left join corrections on registre.ligne_id = corrections.ligne_id
    inner join communes as implantations
        on coalesce(corrections.commune, registre.commune) = implantations.libelle
),

rubriques as (
    select
        type_service,
        {{ mots('rubrique') }} as mots
    from ({{ rubriques() }})
),

reconnues as (
    select
        lu.ligne_id,
        rubriques.type_service,
        rubriques.mots
    from lu
    inner join rubriques on contains(lu.rubrique_lue, rubriques.mots)
),

-- « Micro-crèche » says more than « crèche »; « péri et extra » says two types, hence none.
types as (
    select
        courtes.ligne_id,
        any_value(courtes.type_service) as type_lu
    from reconnues as courtes
    anti join reconnues as longues
        on
            courtes.ligne_id = longues.ligne_id
            and courtes.mots <> longues.mots
            and contains(longues.mots, courtes.mots)
    group by courtes.ligne_id
    having count(distinct courtes.type_service) = 1
),

deduit as (
    select
        lu.*,
        string_split(lu.nom_corrige, ' | ')[1] as premier_nom,
        if(
            types.type_lu = 'EAJE'
            and contains({{ mots('lu.nom_corrige') }}, {{ mots("'crèche familiale'") }}),
            'crèche familiale',
            types.type_lu
        ) as type_imprime,
        case
            when
                regexp_matches(lu.gestion_lue, 'municipa|^(ville|mairie|commune\b|communa(l|ux))')
                then 'municipal'
            when
                regexp_matches(lu.gestion_lue, 'intercommuna|^communaut|^epci\b')
                then 'intercommunal'
            when starts_with(lu.gestion_lue, 'associati') then 'associatif'
            when starts_with(lu.gestion_lue, 'prive') then 'privé'
        end as gestion_lue_comme
    from lu
    left join types on lu.ligne_id = types.ligne_id
),

-- Who runs a service is read in its own line, never supposed: « Service – Operator »,
-- « Operator | Service », or the operator alone. A line that gives the name of the service only
-- (« Multi-Accueil Pétronille ») leaves its operator unknown.
opere as (
    select
        *,
        case
            when gestion_lue_comme = 'municipal' then gestionnaire
            when gestion_lue_comme = 'privé' then premier_nom
            when
                regexp_matches(premier_nom, ' [–-] ')
                and not regexp_matches(premier_nom, ' [–-] *(Antenne|Centre de la Petite)')
                then trim(regexp_extract(premier_nom, ' [–-] *([^–]+)', 1))
            when
                regexp_matches(
                    premier_nom, '^(Multi|Halte|Crèche|Garderie|LAEP|RAM|RPE|Relais|Ludo)'
                )
                then null
            when
                gestion_lue_comme = 'associatif'
                or regexp_matches(premier_nom, '^(Association|Centre [Ss]ocial|Maison de [Qq])')
                then regexp_extract(premier_nom, '^(.*?)( –|$)', 1)
        end as operateur_lu
    from deduit
)

select
    ligne_id,
    annexe,
    ordre,
    commune_id,
    rubrique,
    gestion as gestion_imprimee,
    nom as nom_imprime,
    adresse as adresse_imprimee,
    nom_corrige as nom,
    adresse_corrigee as adresse,
    type_imprime,
    coalesce(type_service_corrige, type_imprime) as type_service,
    gestion_lue_comme as gestion,
    operateur_lu,
    coalesce(operateur_corrige, operateur_lu) as operateur,
    millesime,
    edition,
    source_id
from opere
