-- A line that is read as several rows, one a year, is one line. The fingerprint of a secret would
-- give it away to who tries each figure: a line that is not published only says so.
with

secretes as (
    select distinct
        'caf_cej' as objet,
        source_id,
        ligne
    from {{ ref('est_secret_cej') }}
    where statut = 'secret'
)

select
    lignes.objet,
    lignes.source_id,
    lignes.ligne,
    min(array_to_string(lignes.lieux, ', ')) as cle,
    case
        when count(secretes.ligne) > 0 then 'secret'
        when count(*) = 1 then any_value(lignes.empreinte)
        -- An aggregate that sorts holds a sort a line: a country has a million lines.
        else left(md5(array_to_string(list_sort(list(lignes.empreinte)), '')), 16)
    end as empreinte
from {{ ref('stg_observatoire__lignes') }} as lignes
left join secretes
    on
        lignes.objet = secretes.objet
        and lignes.source_id = secretes.source_id
        and lignes.ligne = secretes.ligne
group by
    lignes.objet,
    lignes.source_id,
    lignes.ligne
