-- Each vintage has its own denominator: without the census of that vintage there is no rate. A
-- floor needs one known IRIS at least: the Caf gives nothing of a commune that has no IRIS. The
-- interval goes from the low draws of that floor to the high draws of the most that the Caf may
-- know.
with

caf as (
    select
        * exclude (borne_basse, borne_haute),
        if(iris_masques < iris_total, borne_basse, null) as borne_basse
    from {{ ref('int_caf_territoires') }}
    where
        mesure = 'enfants couverts'
        and niveau in ('commune', 'district')
),

couverts as (
    select
        caf.territoire_id,
        caf.tranche_age,
        caf.millesime,
        caf.edition,
        caf.edition_recensement,
        caf.borne_basse,
        caf.borne_haute,
        enfants.personnes
    from {{ ref('est_caf') }} as caf
    inner join {{ ref('est_population_listes') }} as enfants
        on
            caf.territoire_id = enfants.territoire_id
            and caf.tranche_age = enfants.tranche_age
            and caf.millesime = enfants.millesime
            and caf.edition_recensement = enfants.edition
),

tirages as (
    select
        * exclude (borne_basse, borne_haute, personnes),
        [100 * borne_basse / nullif(p, 0) for p in personnes] as au_moins,
        [100 * p[1] / nullif(p[2], 0) for p in list_zip(borne_haute, personnes)] as au_plus
    from couverts
),

intervalles as (
    select
        territoire_id,
        tranche_age,
        millesime,
        edition,
        edition_recensement,
        {{ valeur_de_liste('au_moins') }} as valeur,
        {{ borne_basse_de_liste('au_moins') }} as borne_basse,
        {{ borne_haute_de_liste('au_plus') }} as borne_haute
    from tirages
)

select
    'BES01' as indicateur_id,
    caf.tranche_age as declinaison,
    caf.territoire_id,
    caf.niveau,
    caf.millesime,
    concat_ws(' ; ', caf.edition, population.edition) as edition,
    intervalles.valeur,
    cast(caf.borne_basse as double) as numerateur,
    population.personnes as denominateur,
    intervalles.borne_basse,
    intervalles.borne_haute,
    if(
        caf.iris_masques = 0 and caf.population_couverte_pct is not null,
        100,
        caf.population_couverte_pct
    ) as completude_pct,
    case
        when intervalles.valeur is null then 'non calculable'
        when caf.iris_masques + caf.cellules_vides > 0 then 'estimé'
        else 'calculé'
    end as statut,
    case
        when population.personnes = 0 then {{ aucun_enfant('de la tranche d’âge') }}
        when population.personnes is null
            then {{ recensement_absent('caf.millesime') }}
        when caf.borne_basse is null
            then
                'Aucun chiffre de la Caf : tous les IRIS sont masqués, ou la commune n’est pas '
                || 'découpée en IRIS.'
        when caf.iris_masques > 0
            then
                'Plancher : ' || caf.iris_masques || ' IRIS masqué(s) sur ' || caf.iris_total
                || ' et ' || caf.cellules_vides || ' cellule(s) effacée(s) ; la borne haute y '
                || 'suppose les enfants du recensement fois le plafond, ou le total publié.'
        when caf.cellules_vides > 0
            then
                caf.cellules_vides || ' cellule(s) effacée(s) par le secret, bornée(s) par le '
                || 'total publié.'
        else 'La Caf publie tous les IRIS et toutes les cellules.'
    end
    || if(
        intervalles.valeur > 100,
        ' Plus d’enfants connus de la Caf que recensés : deux sources, deux dates.',
        ''
    ) as motif,
    concat_ws(' ; ', caf.source_id, population.source_id) as sources
from caf
left join {{ ref('int_population_territoires') }} as population
    on
        caf.territoire_id = population.territoire_id
        and caf.tranche_age = population.tranche_age
        and caf.millesime = population.millesime
        and caf.edition_recensement = population.edition
left join intervalles
    on
        caf.territoire_id = intervalles.territoire_id
        and caf.tranche_age = intervalles.tranche_age
        and caf.millesime = intervalles.millesime
        and caf.edition = intervalles.edition
        and caf.edition_recensement = intervalles.edition_recensement
