-- The reference stands beside each scenario, under the same formulas.
with

valeurs as (
    select
        scenario_id,
        'PE03' as indicateur_id,
        declinaison,
        territoire_id,
        niveau,
        millesime,
        concat_ws(' ; ', edition_places, edition_population) as edition,
        valeur,
        borne_basse,
        borne_haute
    from {{ ref('int_couverture_eaje') }}
    union all
    select
        scenario_id,
        'PE04' as indicateur_id,
        declinaison,
        territoire_id,
        niveau,
        millesime,
        concat_ws(' ; ', edition_places, edition_population) as edition,
        valeur,
        borne_basse,
        borne_haute
    from {{ ref('int_ecarts_places') }}
    union all
    select
        scenario_id,
        'PE05' as indicateur_id,
        'ensemble' as declinaison,
        territoire_id,
        niveau,
        millesime,
        concat_ws(' ; ', edition, edition_population) as edition,
        accessibilite as valeur,
        borne_basse,
        borne_haute
    from {{ ref('int_accessibilite_territoires') }}
    where captage_m = {{ var('captage_m') }}
    union all
    select
        scenario_id,
        'PE07' as indicateur_id,
        declinaison,
        territoire_id,
        niveau,
        annee as millesime,
        edition,
        couverture_pct as valeur,
        borne_basse_couverture as borne_basse,
        borne_haute_couverture as borne_haute
    from {{ ref('int_couverture_aux_echeances') }}
)

select
    valeurs.scenario_id,
    scenarios.libelle,
    valeurs.indicateur_id,
    valeurs.declinaison,
    valeurs.territoire_id,
    valeurs.niveau,
    valeurs.millesime,
    valeurs.edition,
    valeurs.valeur,
    valeurs.borne_basse,
    valeurs.borne_haute,
    reference.valeur as valeur_reference,
    valeurs.valeur - reference.valeur as difference,
    indicateurs.unite
from valeurs
inner join {{ ref('int_scenarios') }} as scenarios
    on valeurs.scenario_id = scenarios.scenario_id
inner join {{ ref('stg_observatoire__indicateurs') }} as indicateurs
    on
        valeurs.indicateur_id = indicateurs.indicateur_id
        and list_contains(indicateurs.declinaisons, valeurs.declinaison)
        and list_contains(indicateurs.niveaux, valeurs.niveau)
left join valeurs as reference
    on
        reference.scenario_id = 'référence'
        and valeurs.indicateur_id = reference.indicateur_id
        and valeurs.declinaison = reference.declinaison
        and valeurs.territoire_id = reference.territoire_id
        and valeurs.millesime = reference.millesime
        and valeurs.edition = reference.edition
where valeurs.valeur is not null
