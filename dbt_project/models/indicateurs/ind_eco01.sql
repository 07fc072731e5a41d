with

tranches (categorie, declinaison, tranche_age) as (
    values
    ('école maternelle', 'maternelles', '3-5 ans'),
    ('école élémentaire', 'élémentaires', '6-10 ans')
),

ecoles as (
    select
        tranches.declinaison,
        tranches.tranche_age,
        comptes.territoire_id,
        comptes.niveau,
        comptes.ecoles,
        comptes.ecoles_non_placees,
        comptes.types_comptes,
        comptes.millesime,
        comptes.edition,
        comptes.source_id
    from {{ ref('int_ecoles_territoires') }} as comptes
    inner join tranches on comptes.categorie = tranches.categorie
    where comptes.niveau in ('commune', 'district')
),

rapportees as (
    select
        ecoles.declinaison,
        ecoles.territoire_id,
        ecoles.source_id,
        ecoles.ecoles,
        enfants.edition,
        enfants.personnes
    from ecoles
    inner join {{ ref('est_population_listes') }} as enfants
        on
            ecoles.territoire_id = enfants.territoire_id
            and ecoles.tranche_age = enfants.tranche_age
            and ecoles.millesime = enfants.millesime
),

tirages as (
    select
        * exclude (ecoles, personnes),
        [1000 * ecoles / nullif(p, 0) for p in personnes] as taux
    from rapportees
),

intervalles as (
    select
        declinaison,
        territoire_id,
        source_id,
        edition,
        {{ valeur_de_liste('taux') }} as valeur,
        {{ borne_basse_de_liste('taux') }} as borne_basse,
        {{ borne_haute_de_liste('taux') }} as borne_haute
    from tirages
)

select
    'ECO01' as indicateur_id,
    ecoles.declinaison,
    ecoles.territoire_id,
    ecoles.niveau,
    ecoles.millesime,
    concat_ws(' ; ', ecoles.edition, population.edition) as edition,
    intervalles.valeur,
    cast(ecoles.ecoles as double) as numerateur,
    population.personnes as denominateur,
    intervalles.borne_basse,
    intervalles.borne_haute,
    coalesce(100 * ecoles.ecoles / nullif(ecoles.ecoles + ecoles.ecoles_non_placees, 0), 100)
        as completude_pct,
    case
        when intervalles.valeur is null then 'non calculable'
        when ecoles.ecoles_non_placees > 0 then 'estimé'
        else 'calculé'
    end as statut,
    case
        when population.personnes = 0 then {{ aucun_enfant('de la tranche d’âge') }} || ' '
        when population.personnes is null
            then {{ recensement_absent('ecoles.millesime') }} || ' '
        else ''
    end
    || 'Écoles publiques et privées de la BPE, types '
    || array_to_string(ecoles.types_comptes, ' et ') || '. '
    || if(
        list_contains(ecoles.types_comptes, 'C108'),
        'Une école primaire (C108) compte parmi les maternelles et parmi les élémentaires.',
        'Une école primaire n’y compte que parmi les élémentaires.'
    )
    || {{ n_y_comptent_pas(
        'ecoles.ecoles_non_placees', 'école(s) que la BPE ne place dans aucun IRIS de la commune'
    ) }} as motif,
    concat_ws(' ; ', ecoles.source_id, population.source_id) as sources
from ecoles
left join {{ ref('int_population_territoires') }} as population
    on
        ecoles.territoire_id = population.territoire_id
        and ecoles.tranche_age = population.tranche_age
        and ecoles.millesime = population.millesime
left join intervalles
    on
        ecoles.declinaison = intervalles.declinaison
        and ecoles.territoire_id = intervalles.territoire_id
        and ecoles.source_id = intervalles.source_id
        and population.edition = intervalles.edition
