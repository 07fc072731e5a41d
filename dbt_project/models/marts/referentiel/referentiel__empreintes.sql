-- A line that is read as several rows, one a year, is one line.
select
    objet,
    source_id,
    ligne,
    min(array_to_string(lieux, ', ')) as cle,
    if(
        count(*) = 1,
        any_value(empreinte),
        left(md5(string_agg(empreinte, '' order by empreinte)), 16)
    ) as empreinte
from {{ ref('stg_observatoire__lignes') }}
group by
    objet,
    source_id,
    ligne
