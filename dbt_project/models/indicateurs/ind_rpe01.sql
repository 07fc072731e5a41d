-- The area of a relay is the commune. What the Caf gives of the whole territory is kept; failing
-- that, the territory is the sum of its communes if each has its figure: a missing one is not zero.
with

mesures as (
    select
        territoire_id,
        niveau,
        annee,
        edition,
        source_id,
        max(valeur) filter (where mesure = 'assistantes maternelles actives') as assistantes,
        coalesce(
            bool_or(statut = 'secret') filter (where mesure = 'assistantes maternelles actives'),
            false
        ) as assistantes_secretes,
        max(valeur) filter (where mesure = 'ETP de relais') as etp,
        coalesce(bool_or(statut = 'secret') filter (where mesure = 'ETP de relais'), false)
            as etp_secrets
    from {{ ref('int_mesures_cej') }}
    where niveau in ('commune', 'territoire')
    group by
        territoire_id,
        niveau,
        annee,
        edition,
        source_id
),

-- The posts of relays that the convention prints, whatever it calls their unit.
modules as (
    select
        commune,
        {{ somme('quantite') }} as etp,
        any_value(source_id) as source_id
    from {{ ref('stg_convention__modules') }}
    where
        unite_comprise = 'ETP'
        and regexp_matches(action, '\b(RAM|RPE)\b')
    group by commune
),

annees as (
    select distinct
        annee,
        edition,
        source_id
    from mesures
),

communes as (
    select
        territoires.territoire_id,
        territoires.niveau,
        annees.annee,
        annees.edition,
        annees.source_id,
        mesures.assistantes,
        coalesce(mesures.assistantes_secretes, false) as assistantes_secretes,
        if(mesures.etp_secrets, null, coalesce(mesures.etp, modules.etp)) as etp,
        coalesce(mesures.etp_secrets, false) as etp_secrets,
        case
            when mesures.etp is null and not coalesce(mesures.etp_secrets, false)
                then modules.source_id
        end as source_modules
    from {{ ref('int_territoires') }} as territoires
    cross join annees
    left join mesures
        on
            territoires.territoire_id = mesures.territoire_id
            and annees.annee = mesures.annee
            and annees.edition = mesures.edition
            and annees.source_id = mesures.source_id
    left join modules on territoires.libelle = modules.commune
    where territoires.niveau = 'commune'
),

sommes as (
    select
        annee,
        edition,
        source_id,
        if(count(*) = count(assistantes), {{ somme('assistantes') }}, null) as assistantes,
        bool_or(assistantes_secretes) as assistantes_secretes,
        if(count(*) = count(etp), {{ somme('etp') }}, null) as etp,
        bool_or(etp_secrets) as etp_secrets,
        max(source_modules) as source_modules
    from communes
    group by
        annee,
        edition,
        source_id
),

aires as (
    select * from communes
    union all by name
    select
        territoires.territoire_id,
        territoires.niveau,
        sommes.annee,
        sommes.edition,
        sommes.source_id,
        coalesce(mesures.assistantes, sommes.assistantes) as assistantes,
        mesures.assistantes is null
        and (coalesce(mesures.assistantes_secretes, false) or sommes.assistantes_secretes)
            as assistantes_secretes,
        coalesce(mesures.etp, sommes.etp) as etp,
        mesures.etp is null and (coalesce(mesures.etp_secrets, false) or sommes.etp_secrets)
            as etp_secrets,
        if(mesures.etp is null, sommes.source_modules, null) as source_modules
    from {{ ref('int_territoires') }} as territoires
    cross join sommes
    left join mesures
        on
            territoires.territoire_id = mesures.territoire_id
            and sommes.annee = mesures.annee
            and sommes.edition = mesures.edition
            and sommes.source_id = mesures.source_id
    where territoires.niveau = 'territoire'
),

lisibles as (
    select
        *,
        assistantes_secretes or etp_secrets as secret,
        if(assistantes_secretes or etp_secrets, null, assistantes / nullif(etp, 0)) as valeur
    from aires
    where
        assistantes is not null
        or assistantes_secretes
)

select
    'RPE01' as indicateur_id,
    'ensemble' as declinaison,
    territoire_id,
    niveau,
    annee as millesime,
    edition,
    valeur,
    if(secret, null, assistantes) as numerateur,
    if(secret, null, etp) as denominateur,
    cast(null as double) as borne_basse,
    cast(null as double) as borne_haute,
    if(valeur is null, null, 100.0) as completude_pct,
    case
        when secret then 'secret'
        when valeur is null then 'non calculable'
        else 'calculé'
    end as statut,
    case
        when secret
            then
                'Le nombre d’assistantes maternelles actives ou d’ETP de relais est secret, ou le '
                || 'donnerait par différence.'
        when valeur is null
            then
                'ETP de relais inconnus : ni le fichier de la Caf ni un module imprimé du contrat '
                || 'enfance jeunesse ne les donne pour toute l’aire.'
        when source_modules is not null
            then 'ETP de relais : modules du contrat enfance jeunesse (annexe 4).'
        else 'ETP de relais : fichier de la Caf.'
    end as motif,
    concat_ws(' ; ', source_id, source_modules) as sources
from lisibles
