-- The published total is kept as it is: it is not always the sum of its modes.
with

-- The communes of the convention that share one Insee commune, in a sentence.
communes as (
    select
        count(*) as communes,
        string_agg('ni ' || libelle, ', ' order by libelle) as enumeration
    from {{ ref('int_territoires') }}
    where niveau = 'commune'
)

select
    'PE01' as indicateur_id,
    places.mode as declinaison,
    places.territoire_id,
    places.niveau,
    places.annee as millesime,
    places.edition,
    places.taux_couverture_pct as valeur,
    cast(places.places as double) as numerateur,
    cast(null as double) as denominateur,
    cast(null as double) as borne_basse,
    cast(null as double) as borne_haute,
    100.0 * (1 - coalesce(places.communes_absentes / places.communes_insee, 0)) as completude_pct,
    if(places.taux_couverture_pct is null, 'non calculable', 'publié') as statut,
    case
        when places.communes_insee > 1
            then
                'Un taux ne s’additionne pas d’une commune à l’autre.'
                || if(
                    places.communes_absentes > 0,
                    ' Places non publiées pour ' || places.communes_absentes
                    || ' commune(s) sur ' || places.communes_insee
                    || ' : la Cnaf ne publie que les communes de plus de 10 000 habitants.',
                    ''
                )
        else
            coalesce(nullif(trim(
                if(
                    places.taux_couverture_pct is null,
                    'La Cnaf n’en publie pas le taux dans les sources. ',
                    ''
                )
                || if(
                    places.niveau = 'territoire' and communes.communes > 1,
                    'Publié pour la commune Insee entière : ' || communes.enumeration
                    || ' séparément.',
                    ''
                )
            ), ''), 'Publié par la Cnaf' || coalesce(' pour : ' || places.perimetre, '') || '.')
    end as motif,
    places.sources
from {{ ref('int_places_cnaf') }} as places
cross join communes
