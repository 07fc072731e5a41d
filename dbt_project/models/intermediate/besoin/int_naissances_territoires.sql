with

chiffres as (
    select
        territoire_id as commune_insee,
        annee,
        'naissances' as mesure,
        naissances as valeur,
        geographie,
        edition,
        source_id
    from {{ ref('stg_insee__naissances') }}
),

{{ sommes_des_communes() }}

select
    sommes.territoire_id,
    sommes.niveau,
    sommes.annee,
    if(sommes.communes_absentes = 0, cast(sommes.valeur as bigint), null) as naissances,
    case
        when sommes.communes_absentes = 0 then null
        when sommes.communes_insee = 1 then marques.motif_absence
        else
            sommes.communes_absentes || ' commune(s) sur ' || sommes.communes_insee
            || ' sans chiffre'
    end as motif_absence,
    sommes.edition,
    sommes.source_id
from sommes
left join {{ ref('int_communes_insee') }} as communes
    on
        sommes.territoire_id = communes.territoire_id
        and communes.communes_insee = 1
left join {{ ref('stg_insee__naissances') }} as marques
    on
        communes.commune_insee = marques.territoire_id
        and sommes.annee = marques.annee
        and sommes.source_id = marques.source_id
union all
select
    naissances.territoire_id,
    territoires.niveau,
    naissances.annee,
    naissances.naissances,
    naissances.motif_absence,
    naissances.edition,
    naissances.source_id
from {{ ref('stg_insee__naissances') }} as naissances
inner join {{ ref('int_territoires') }} as territoires
    on naissances.territoire_id = territoires.territoire_id
where territoires.niveau = 'référence'
