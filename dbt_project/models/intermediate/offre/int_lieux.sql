with

adresses as (
    select
        ligne_id,
        commune_id,
        nom,
        -- The town and its postcode come off: a postcode places nothing here.
        regexp_replace(
            adresse, '[ ,|–-]*(59\d{3} +[A-Z][a-z]+|[ -]+Hellemmes)$', ''
        ) as adresse
    from {{ ref('int_registre') }}
    where adresse is not null
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
        unnest(
            if(
                noms > 1 and noms = len(string_split(numeros, '/')),
                list_transform(
                    string_split(numeros, '/'),
                    lambda numero: numero || substr(adresse, len(numeros) + 1)
                ),
                [adresse]
            )
        ) as adresse
    from numerotees
)

select
    ligne_id,
    commune_id,
    trim(adresse, ' ,|') as adresse,
    {{ normaliser('adresse') }} as adresse_normalisee,
    row_number() over (partition by ligne_id order by rang, adresse) as rang
from developpees
