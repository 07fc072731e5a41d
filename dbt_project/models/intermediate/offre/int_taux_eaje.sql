-- The rates of activity, of an EAJE and of a commune. That of a commune is the one that the Caf
-- gives of it, failing which the ratio of the sums over its EAJE, never the mean of their rates;
-- one secret among them, and the sums are not made. Those of its EAJE that the file leaves out are
-- supposed as large as the others, and between the least and the most occupied (or billed) of them;
-- too few given say nothing of that spread.
with

taux as (
    select
        *,
        'PE08' as indicateur_id,
        heures_realisees as numerateur,
        heures_offertes as denominateur,
        occupation_secrete as secret
    from {{ ref('int_activite_eaje') }}
    union all
    select
        *,
        'PE09' as indicateur_id,
        heures_facturees as numerateur,
        heures_realisees as denominateur,
        facturation_secrete as secret
    from {{ ref('int_activite_eaje') }}
),

connus as (
    select
        indicateur_id,
        entite_id,
        niveau,
        commune_id,
        annee,
        edition,
        source_id,
        secret,
        if(secret, null, numerateur) as numerateur,
        if(secret, null, denominateur) as denominateur,
        cast(null as double) as completude_pct,
        cast(null as double) as taux_min_pct,
        cast(null as double) as taux_max_pct
    from taux
    where
        secret
        or (numerateur is not null and denominateur > 0)
),

registre as (
    select
        commune_id,
        count(*) as eaje
    from {{ ref('int_registre') }}
    where type_service in {{ types_eaje() }}
    group by commune_id
),

sommes as (
    select
        services.indicateur_id,
        services.commune_id as entite_id,
        'commune' as niveau,
        services.commune_id,
        services.annee,
        services.edition,
        services.source_id,
        bool_or(services.secret) as secret,
        if(bool_or(services.secret), null, {{ somme('services.numerateur') }}) as numerateur,
        if(bool_or(services.secret), null, {{ somme('services.denominateur') }}) as denominateur,
        100 * count(*) / any_value(registre.eaje) as completude_pct,
        if(
            bool_or(services.secret) or count(*) < {{ var('capacites_minimum') }},
            null,
            min(100 * services.numerateur / services.denominateur)
        ) as taux_min_pct,
        if(
            bool_or(services.secret) or count(*) < {{ var('capacites_minimum') }},
            null,
            max(100 * services.numerateur / services.denominateur)
        ) as taux_max_pct
    from connus as services
    inner join registre on services.commune_id = registre.commune_id
    where services.niveau = 'service'
    group by
        services.indicateur_id,
        services.commune_id,
        services.annee,
        services.edition,
        services.source_id
),

tous as (
    select * from connus
    union all by name
    select sommes.*
    from sommes
    anti join connus
        on
            sommes.indicateur_id = connus.indicateur_id
            and sommes.entite_id = connus.entite_id
            and sommes.annee = connus.annee
            and sommes.edition = connus.edition
            and sommes.source_id = connus.source_id
)

select
    indicateur_id,
    entite_id,
    niveau,
    commune_id,
    annee,
    edition,
    numerateur,
    denominateur,
    100 * numerateur / denominateur as taux_pct,
    if(
        completude_pct < 100,
        completude_pct / 100 * (100 * numerateur / denominateur)
        + (1 - completude_pct / 100) * taux_min_pct,
        null
    ) as borne_basse,
    if(
        completude_pct < 100,
        completude_pct / 100 * (100 * numerateur / denominateur)
        + (1 - completude_pct / 100) * taux_max_pct,
        null
    ) as borne_haute,
    secret,
    completude_pct,
    source_id
from tous
