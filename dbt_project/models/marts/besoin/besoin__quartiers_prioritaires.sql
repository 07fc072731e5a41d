{%- set recensement = ['personnes', 'moins_de_25_ans_pct'] -%}
{%- set caf = [
    'foyers_allocataires',
    'personnes_couvertes',
    'foyers_monoparentaux',
    'foyers_couple_avec_enfant',
    'enfants',
    'enfants_0_2_ans',
    'enfants_3_5_ans',
    'enfants_6_10_ans',
    'enfants_11_14_ans',
    'enfants_15_17_ans',
] -%}
with

-- The communes that the territory holds whole, as Insee calls them.
territoire as (
    select list(distinct iris.libelle_commune) as communes
    from {{ ref('int_iris') }} as iris
    inner join {{ ref('int_communes_insee') }} as communes
        on
            iris.commune_insee = communes.commune_insee
            and communes.niveau = 'territoire'
),

quartiers as (
    select
        *,
        coalesce(note_caf <> '0', false) as masque
    from {{ ref('stg_insee__qpv') }}
)

select
    quartiers.quartier_id,
    if(quartiers.quartier_id = 'Ensemble', 'France', 'quartier') as niveau,
    quartiers.libelle,
    quartiers.communes,
    list_has_all(territoire.communes, string_split(quartiers.communes, ', '))
        as entier_dans_le_territoire,
    quartiers.millesime,
    quartiers.edition,
    {% for mesure in recensement -%}
        quartiers.{{ mesure }},
    {% endfor -%}
    {% for mesure in caf -%}
        if(quartiers.masque, null, quartiers.{{ mesure }}) as {{ mesure }},
    {% endfor -%}
    if(
        quartiers.masque,
        concat_ws(
            ' ; ',
            'données de la Caf masquées (note ' || quartiers.note_caf || ')',
            {{ motif_absence('quartiers', recensement) }}
        ),
        {{ motif_absence('quartiers', recensement + caf) }}
    ) as motif_absence,
    quartiers.source_id
from quartiers
cross join territoire
