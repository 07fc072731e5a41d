-- What was due at the date of the situation, what of it was done, and what of it no event speaks
-- of. A committee of several communes counts in each of them, and once in the territory.
with

territoires as (
    select
        territoire_id,
        niveau,
        libelle
    from {{ ref('int_territoires') }}
    where niveau in ('commune', 'territoire')
),

objets as (
    select
        'actions' as mesure,
        [communes.libelle] as communes,
        actions.est_due,
        1 as prevu,
        if(actions.etat = 'ouverte', 1, 0) as realise,
        actions.evenements = 0 as sans_evenement
    from {{ ref('int_actions') }} as actions
    inner join territoires as communes on actions.commune_id = communes.territoire_id
    union all
    select
        'places' as mesure,
        [communes.libelle] as communes,
        actions.est_due,
        actions.places_prevues_brutes as prevu,
        if(actions.etat = 'ouverte', actions.places_ouvertes, 0) as realise,
        actions.evenements = 0 as sans_evenement
    from {{ ref('int_actions') }} as actions
    inner join territoires as communes on actions.commune_id = communes.territoire_id
    where actions.places_prevues_brutes > 0
    union all
    select
        'réunions' as mesure,
        string_split(communes, ', ') as communes,
        est_due,
        1 as prevu,
        if(etat = 'tenue', 1, 0) as realise,
        etat = 'due' as sans_evenement
    from {{ ref('int_reunions') }}
)

select
    territoires.territoire_id,
    territoires.niveau,
    objets.mesure,
    cast(coalesce(sum(objets.prevu) filter (where objets.est_due), 0) as bigint) as dus,
    cast(coalesce(sum(objets.realise) filter (where objets.est_due), 0) as bigint) as realises,
    cast(
        coalesce(sum(objets.prevu) filter (where objets.est_due and objets.sans_evenement), 0)
        as bigint
    ) as sans_evenement
from objets
inner join territoires
    on
        territoires.niveau = 'territoire'
        or list_contains(objets.communes, territoires.libelle)
group by
    territoires.territoire_id,
    territoires.niveau,
    objets.mesure
