with

intervalles as (
    select
        territoire_id,
        millesime,
        edition,
        {{ valeur_de_liste('part_monoparentales_pct') }} as valeur,
        {{ borne_basse_de_liste('part_monoparentales_pct') }} as borne_basse,
        {{ borne_haute_de_liste('part_monoparentales_pct') }} as borne_haute
    from {{ ref('est_familles') }}
)

select
    'BES02' as indicateur_id,
    'ensemble' as declinaison,
    familles.territoire_id,
    familles.niveau,
    familles.millesime,
    familles.edition,
    intervalles.valeur,
    familles.familles_monoparentales as numerateur,
    familles.familles_avec_enfant as denominateur,
    intervalles.borne_basse,
    intervalles.borne_haute,
    100.0 as completude_pct,
    if(intervalles.valeur is null, 'non calculable', 'calculé') as statut,
    if(
        intervalles.valeur is null,
        'Aucune famille avec enfant au recensement.',
        'Sondage du recensement : à lire avec son intervalle.'
    ) as motif,
    familles.source_id as sources
from {{ ref('int_familles_territoires') }} as familles
inner join intervalles
    on
        familles.territoire_id = intervalles.territoire_id
        and familles.millesime = intervalles.millesime
        and familles.edition = intervalles.edition
where familles.niveau in ('commune', 'district')
