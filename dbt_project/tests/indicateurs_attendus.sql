-- A value that the catalogue does not know would have neither label nor unit.
select
    indicateur_id,
    declinaison,
    territoire_id
from {{ ref('ecart__indicateurs') }}
where unite is null
