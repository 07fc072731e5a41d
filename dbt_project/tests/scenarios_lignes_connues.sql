-- A crèche familiale whose capacity nobody gives is none of the establishments that places go to,
-- and a collective service may have none left: where places are shared out, to close it must close
-- something.
with

visees as (
    select
        source_id,
        ligne,
        scenario_id,
        unnest(string_split(lignes, '+')) as ligne_id
    from {{ ref('stg_convention__scenarios') }}
    where levier = 'fermeture'
),

sites as (
    select
        sites.service_id,
        sites.unite_id,
        sites.commune_id,
        fermetures.scenario_id as ferme_par
    from {{ ref('int_sites_reference') }} as sites
    left join {{ ref('int_fermetures') }} as fermetures on sites.site_id = fermetures.site_id
)

select
    visees.source_id,
    visees.ligne,
    visees.scenario_id,
    visees.ligne_id
from visees
left join {{ ref('int_lignes_services') }} as lignes on visees.ligne_id = lignes.ligne_id
left join {{ ref('int_eaje') }} as eaje on lignes.service_id = eaje.service_id
where
    eaje.service_id is null
    or (eaje.places is null and not eaje.collectif)
    or (
        eaje.commune_id in (select repartis.commune_id from sites as repartis)
        and not exists (
            select fermes.ferme_par
            from sites as fermes
            where
                fermes.ferme_par = visees.scenario_id
                and if(
                    eaje.places is null,
                    fermes.service_id is null
                    and coalesce(eaje.unite_id, eaje.commune_id)
                    in (fermes.unite_id, fermes.commune_id),
                    fermes.service_id = eaje.service_id
                )
        )
    )
