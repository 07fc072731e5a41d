-- No bare rank: how often a district is among the first, and between which bounds that goes when
-- each assumption is held in turn.
with

probabilites as (
    select
        territoire_id,
        max(probabilite_pct) filter (where hypothese = 'référence') as valeur,
        max(tirages_en_tete) filter (where hypothese = 'référence') as tirages_en_tete,
        max(tirages) filter (where hypothese = 'référence') as tirages,
        min(probabilite_pct) as borne_basse,
        max(probabilite_pct) as borne_haute,
        string_agg(hypothese || ' (' || modalite || ')', ', ' order by hypothese, modalite)
        filter (where bascule is not null) as bascules
    from {{ ref('int_sensibilite') }}
    group by territoire_id
),

classement as (
    select count(*) as districts
    from probabilites
),

mesures as (
    select distinct
        critere,
        territoire_id,
        millesime,
        edition
    from {{ ref('int_criteres_priorite') }}
    where list_count(valeurs) > 0
),

{{ criteres_presents('PRI01') }},

reunies as (
    select
        presences.territoire_id,
        presences.part_poids_pct,
        presences.absents,
        probabilites.valeur,
        probabilites.tirages_en_tete,
        probabilites.tirages,
        probabilites.borne_basse,
        probabilites.borne_haute,
        probabilites.bascules,
        classement.districts,
        probabilites.territoire_id is not null
        and classement.districts > {{ var('nombre_prioritaires') }} as calculable
    from presences
    cross join classement
    left join probabilites on presences.territoire_id = probabilites.territoire_id
)

select
    'PRI01' as indicateur_id,
    'ensemble' as declinaison,
    reunies.territoire_id,
    'district' as niveau,
    editions.millesime,
    editions.edition,
    if(reunies.calculable, reunies.valeur, null) as valeur,
    if(reunies.calculable, cast(reunies.tirages_en_tete as double), null) as numerateur,
    if(reunies.calculable, cast(reunies.tirages as double), null) as denominateur,
    if(reunies.calculable, reunies.borne_basse, null) as borne_basse,
    if(reunies.calculable, reunies.borne_haute, null) as borne_haute,
    reunies.part_poids_pct as completude_pct,
    if(reunies.calculable, 'estimé', 'non calculable') as statut,
    concat_ws(
        ' ',
        case
            when reunies.calculable
                then
                    'Parmi les {{ var("nombre_prioritaires") }} premiers dans '
                    || {{ entier('reunies.tirages_en_tete') }} || ' tirages sur '
                    || {{ entier('reunies.tirages') }}
                    || ' ; bornes : une hypothèse tenue à la fois (ecart.sensibilite).'
            when reunies.valeur is not null
                then
                    reunies.districts || ' district(s) à classer : '
                    || 'tous seraient parmi les {{ var("nombre_prioritaires") }} premiers.'
            else
                'Il faut un indice de besoin et une mesure de l’offre, celles de tous les '
                || 'districts classés.'
        end,
        'Critères absents : ' || reunies.absents || '.',
        (
            select
                'Les critères ne sont pas d’une même année : '
                || string_agg(
                    distinct mesures.critere || ' ' || mesures.millesime,
                    ', ' order by mesures.critere || ' ' || mesures.millesime
                )
                || '.'
            from mesures
            having count(distinct mesures.millesime) > 1
        ),
        'Entre ou sort selon : ' || if(reunies.calculable, reunies.bascules, null) || '.'
    ) as motif,
    concat_ws(
        ' ; ',
        {{ fichiers_des_editions(
            [
                'caf_places',
                'insee_bpe',
                'insee_bpe_localisee',
                'insee_familles',
                'insee_filosofi',
                'insee_population',
            ],
            'editions.edition'
        ) }},
        {{ sources_des_places() }},
        {{ fichiers(['geo_iris']) }}
    ) as sources
from reunies
cross join editions
