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

ecoles as (
    select
        territoire_id,
        if(type_equipement = 'C101', 'école maternelle', 'école élémentaire') as categorie,
        equipements
    from {{ ref('int_equipements_territoires') }}
    where type_equipement in ('C101', 'C104')
),

convention as (
    select
        min(millesime) as millesime,
        min(edition) as edition
    from {{ ref('stg_convention__registre') }}
),

bpe as (
    select
        min(millesime) as millesime,
        min(edition) as edition
    from {{ ref('stg_insee__bpe') }}
),

-- The registry lists no school: the preamble's schools are held against the BPE.
preambule as (
    select
        'preambule.' || lower(preambule.ligne_id) as rapprochement_id,
        'préambule et annexes' as theme,
        communes.territoire_id,
        preambule.objet,
        convention.millesime,
        convention.edition,
        preambule.attendu,
        coalesce(any_value(ecoles.equipements), count(registre.type_imprime)) as trouve
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
        bpe.millesime,
        convention.edition || ' ; ' || bpe.edition as edition,
        equipements.equipements as attendu,
        coalesce(sum(decompte.services), 0) as trouve
    from {{ ref('int_equipements_territoires') }} as equipements
    cross join bpe
    cross join convention
    left join {{ ref('int_services_decompte') }} as decompte
        on
            equipements.territoire_id = decompte.territoire_id
            and decompte.type_service in ('EAJE', 'micro-crèche')
    where
        equipements.type_equipement = 'D502'
        and equipements.niveau in ('commune', 'district')
    group by
        equipements.territoire_id,
        equipements.equipements,
        bpe.millesime,
        bpe.edition,
        convention.edition
),

modes as (
    select
        'cnaf.' || places.annee as rapprochement_id,
        'total publié et modes' as theme,
        places.territoire_id,
        'Places offertes aux moins de 3 ans' as objet,
        places.annee as millesime,
        places.edition,
        places.ensemble as attendu,
        places.eaje_psu + places.eaje_hors_psu + places.prescolarisation
        + places.assistante_maternelle + places.garde_a_domicile as trouve
    from {{ ref('stg_caf__places') }} as places
    inner join {{ ref('int_territoires') }} as territoires
        on places.territoire_id = territoires.territoire_id
),

tous as (
    select * from preambule
    union all by name
    select * from bpe_registre
    union all by name
    select * from modes
)

select
    tous.rapprochement_id,
    tous.theme,
    tous.territoire_id,
    tous.objet,
    cast(tous.millesime as bigint) as millesime,
    tous.edition,
    cast(tous.attendu as double) as attendu,
    cast(tous.trouve as double) as trouve,
    cast(tous.trouve - tous.attendu as double) as ecart,
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
