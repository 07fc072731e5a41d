with

-- The town comes off, with its postcode (a postcode places nothing here) or alone at the end; a
-- street that bears the town's name (« rue de Lille ») keeps it.
adresses as (
    select
        registre.ligne_id,
        registre.commune_id,
        registre.nom,
        case
            when regexp_matches(registre.adresse, '\d{5} +\pL[\pL -]*$')
                then regexp_replace(registre.adresse, '[ ,|–-]*\d{5} +\pL[\pL -]*$', '')
            when regexp_matches(registre.adresse, ' (de|du|d[’'']) *' || communes.libelle || '$')
                then registre.adresse
            else regexp_replace(registre.adresse, '[ ,–-]* ' || communes.libelle || '$', '')
        end as adresse
    from {{ ref('int_registre') }} as registre
    inner join {{ ref('int_territoires') }} as communes
        on registre.commune_id = communes.territoire_id
    where registre.adresse is not null
),

decoupees as (
    select
        ligne_id,
        commune_id,
        nom,
        unnest(string_split_regex(adresse, ' +/ +')) as adresse,
        generate_subscripts(string_split_regex(adresse, ' +/ +'), 1) as rang
    from adresses
),

numerotees as (
    select
        *,
        regexp_extract(adresse, '^(\d+(?:/\d+)+) ', 1) as numeros,
        len(string_split_regex(nom, ' */ *')) as noms
    from decoupees
),

developpees as (
    select
        ligne_id,
        commune_id,
        rang,
        if(
            noms > 1 and noms = len(string_split(numeros, '/')),
            list_transform(
                string_split(numeros, '/'),
                lambda numero: numero || substr(adresse, len(numeros) + 1)
            ),
            [adresse]
        ) as adresses
    from numerotees
),

depliees as (
    select
        ligne_id,
        commune_id,
        rang,
        unnest(adresses) as adresse,
        generate_subscripts(adresses, 1) as sous_rang
    from developpees
)

select
    ligne_id,
    commune_id,
    trim(adresse, ' ,|') as adresse,
    {{ normaliser('adresse') }} as adresse_normalisee,
    commune_id || '-' || {{ identifiant('adresse') }} as site_id,
    row_number() over (partition by ligne_id order by rang, sous_rang) as rang
from depliees
