with

communes as (
    select
        territoire_id,
        libelle
    from {{ ref('int_territoires') }}
    where niveau = 'commune'
),

registre as (
    select
        communes.territoire_id,
        lignes.type_imprime,
        lignes.gestion
    from {{ ref('int_registre') }} as lignes
    inner join {{ ref('stg_convention__registre') }} as imprimees
        on lignes.ligne_id = imprimees.ligne_id
    inner join communes on imprimees.commune = communes.libelle
),

convention as (
    select
        min(millesime) as millesime,
        min(edition) as edition
    from {{ ref('stg_convention__registre') }}
    having count(*) > 0
),

-- The registry lists no school: the preamble's schools are held against the BPE of the nearest
-- year.
ecoles as (
    select
        ecoles.territoire_id,
        ecoles.categorie,
        ecoles.ecoles,
        ecoles.source_id
    from {{ ref('int_ecoles_territoires') }} as ecoles
    cross join convention
    where ecoles.rapprochee
    qualify
        dense_rank() over (
            order by abs(ecoles.millesime - convention.millesime) asc, ecoles.millesime asc
        ) = 1
),

preambule as (
    select
        'preambule.' || lower(preambule.ligne_id) as rapprochement_id,
        'préambule et annexes' as theme,
        communes.territoire_id,
        preambule.objet,
        convention.millesime,
        convention.edition,
        any_value(ecoles.source_id) as source_bpe,
        preambule.attendu,
        coalesce(any_value(ecoles.ecoles), count(registre.type_imprime)) as trouve
    from {{ ref('stg_convention__preambule') }} as preambule
    inner join communes on preambule.commune = communes.libelle
    cross join convention
    left join registre
        on
            communes.territoire_id = registre.territoire_id
            and preambule.categorie = registre.type_imprime
            and coalesce(preambule.gestion = registre.gestion, preambule.gestion is null, false)
    left join ecoles
        on
            communes.territoire_id = ecoles.territoire_id
            and preambule.categorie = ecoles.categorie
    where
        ecoles.ecoles is not null
        or preambule.categorie is null
        or not starts_with(preambule.categorie, 'école')
    group by
        preambule.ligne_id,
        communes.territoire_id,
        preambule.objet,
        convention.millesime,
        convention.edition,
        preambule.attendu
),

bpe_registre as (
    select
        'bpe.d502.' || lower(equipements.territoire_id) as rapprochement_id,
        'registre et BPE' as theme,
        equipements.territoire_id,
        'Établissements d’accueil du jeune enfant' as objet,
        equipements.millesime,
        convention.edition || ' ; ' || equipements.edition as edition,
        equipements.source_id as source_bpe,
        equipements.equipements as attendu,
        coalesce(sum(decompte.services), 0) as trouve,
        coalesce(sum(decompte.services_non_places), 0) as services_non_places,
        any_value(equipements.equipements_non_places) as equipements_non_places
    from {{ ref('int_equipements_territoires') }} as equipements
    cross join convention
    left join {{ ref('int_services_decompte') }} as decompte
        on
            equipements.territoire_id = decompte.territoire_id
            and decompte.type_service in ('EAJE', 'micro-crèche')
    where
        equipements.type_equipement = 'D502'
        and equipements.rapprochee
        and equipements.niveau in ('commune', 'district')
    group by
        equipements.territoire_id,
        equipements.equipements,
        equipements.millesime,
        equipements.edition,
        equipements.source_id,
        convention.edition
),

-- The territory keeps the short name: causes.csv knows it.
modes as (
    select
        'cnaf.' || annee || if(niveau = 'territoire', '', '.' || lower(territoire_id))
            as rapprochement_id,
        'total publié et modes' as theme,
        territoire_id,
        'Places offertes aux moins de 3 ans' as objet,
        annee as millesime,
        edition,
        cast(null as varchar) as source_bpe,
        sum(places) filter (where mode = 'ensemble') as attendu,
        sum(places) filter (where not contains(mode, 'ensemble')) as trouve
    from {{ ref('int_places_cnaf') }}
    where communes_insee = 1
    group by
        annee,
        niveau,
        territoire_id,
        edition
    having attendu is not null and trouve is not null
),

-- Both count the same people: they agree to the person, once the census is rounded.
populations as (
    select
        'population.' || legales.millesime || '.' || lower(legales.territoire_id)
            as rapprochement_id,
        'population légale et recensement' as theme,
        legales.territoire_id,
        'Population municipale' as objet,
        legales.millesime,
        legales.edition || ' ; ' || recensement.edition as edition,
        cast(null as varchar) as source_bpe,
        legales.personnes as attendu,
        round(recensement.personnes) as trouve
    from {{ ref('int_populations_legales') }} as legales
    inner join {{ ref('int_population_territoires') }} as recensement
        on
            legales.territoire_id = recensement.territoire_id
            and legales.millesime = recensement.millesime
    where recensement.tranche_age = 'ensemble'
),

tous as (
    select * from preambule
    union all by name
    select * from bpe_registre
    union all by name
    select * from modes
    union all by name
    select * from populations
)

select
    tous.rapprochement_id,
    tous.theme,
    tous.territoire_id,
    tous.objet,
    cast(tous.millesime as bigint) as millesime,
    tous.edition,
    tous.source_bpe,
    cast(tous.attendu as double) as attendu,
    cast(tous.trouve as double) as trouve,
    cast(tous.trouve - tous.attendu as double) as ecart,
    cast(coalesce(tous.services_non_places, 0) as bigint) as services_non_places,
    coalesce(tous.equipements_non_places, 0) as equipements_non_places,
    case
        when tous.trouve = tous.attendu then null
        when causes.ecart = tous.trouve - tous.attendu then causes.cause
        when causes.ecart is not null
            then
                'À instruire : la cause connue expliquait un écart de '
                || cast(causes.ecart as bigint) || '.'
        else 'À instruire : aucune cause connue.'
    end as cause
from tous
left join {{ ref('stg_convention__causes') }} as causes
    on tous.rapprochement_id = causes.rapprochement_id
