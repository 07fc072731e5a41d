-- The hours are those that the convention prints, without error; the children are drawn. One action
-- of a commune that prints no quantity leaves its sum unknown: a part of it is not the whole.
with

registre as (
    {{ edition_du_registre() }}
),

modules as (
    select
        commune,
        count(*) as actions,
        count(*) filter (where unite_comprise = 'heures-enfant') as actions_alsh,
        count(*) filter (
            where unite_comprise = 'heures-enfant' and quantite is null
        ) as actions_sans_quantite,
        {{ somme("if(unite_comprise = 'heures-enfant', quantite, null)") }} as heures,
        string_agg(distinct mention, ' ; ' order by mention) filter (
            where unite_comprise = 'heures-enfant'
        ) as mentions
    from {{ ref('stg_convention__modules') }}
    group by commune
),

communes as (
    select
        territoires.territoire_id,
        territoires.niveau,
        coalesce(modules.actions, 0) as actions,
        coalesce(modules.actions_alsh, 0) as actions_alsh,
        coalesce(modules.actions_sans_quantite, 0) as actions_sans_quantite,
        if(modules.actions_sans_quantite = 0, modules.heures, null) as heures,
        modules.mentions
    from {{ ref('int_territoires') }} as territoires
    left join modules on territoires.libelle = modules.commune
    where
        territoires.niveau = 'commune'
        and (select count(*) from {{ ref('stg_convention__modules') }}) > 0
),

rapportees as (
    select
        communes.*,
        recensement.edition,
        recensement.source_id,
        enfants.personnes
    from communes
    inner join {{ ref('int_recensement_du_registre') }} as recensement
        on
            communes.territoire_id = recensement.territoire_id
            and recensement.tranche_age = '3-10 ans'
    inner join {{ ref('est_population_listes') }} as enfants
        on
            recensement.territoire_id = enfants.territoire_id
            and recensement.tranche_age = enfants.tranche_age
            and recensement.millesime = enfants.millesime
            and recensement.edition = enfants.edition
),

tirages as (
    select
        *,
        [heures / nullif(p, 0) for p in personnes] as heures_par_enfant
    from rapportees
),

resumes as (
    select
        * exclude (personnes, heures_par_enfant),
        {{ valeur_de_liste('personnes') }} as personnes,
        {{ valeur_de_liste('heures_par_enfant') }} as valeur,
        {{ borne_basse_de_liste('heures_par_enfant') }} as borne_basse,
        {{ borne_haute_de_liste('heures_par_enfant') }} as borne_haute
    from tirages
)

select
    'ALSH01' as indicateur_id,
    'ensemble' as declinaison,
    resumes.territoire_id,
    resumes.niveau,
    registre.millesime,
    registre.edition || ' ; ' || resumes.edition as edition,
    resumes.valeur,
    resumes.heures as numerateur,
    resumes.personnes as denominateur,
    resumes.borne_basse,
    resumes.borne_haute,
    100 * (1 - resumes.actions_sans_quantite / nullif(resumes.actions_alsh, 0)) as completude_pct,
    if(resumes.valeur is null, 'non calculable', 'calculé') as statut,
    case
        when resumes.actions = 0
            then 'La convention n’imprime aucun module du contrat enfance jeunesse pour la commune.'
        when resumes.actions_alsh = 0
            then
                'Aucun module de la commune n’est en heures d’accueil : aucune action d’ALSH '
                || 'n’y est imprimée.'
        when resumes.actions_sans_quantite > 0
            then
                'Quantité non imprimée pour ' || resumes.actions_sans_quantite || ' action(s) '
                || 'd’ALSH sur ' || resumes.actions_alsh || ' : « ' || resumes.mentions || ' ».'
        when resumes.personnes = 0 then 'Aucun enfant de 3 à 10 ans au recensement.'
        else
            'Actes prévus au contrat, compris comme des heures d’accueil d’un enfant : « '
            || resumes.mentions || ' ». Ce ne sont pas les heures réalisées.'
    end as motif,
    {{ fichiers(['convention_modules']) }} || ' ; ' || resumes.source_id as sources
from resumes
cross join registre
