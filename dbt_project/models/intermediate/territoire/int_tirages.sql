-- What is drawn of a territory is drawn for each of its parts: for a whole country, as many draws
-- as for a city would be billions of rows.
with

decoupage as (
    select count(*) as territoires
    from {{ ref('int_territoires') }}
    where niveau in ('territoire', 'commune', 'district')
)

select
    greatest(
        {{ var('tirages_minimum') }},
        least({{ var('tirages') }}, {{ var('tirages_de_tous') }} // territoires)
    ) as tirages
from decoupage
