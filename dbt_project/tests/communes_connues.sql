-- A row whose commune has another spelling would be left out of every count.
with

nommees as (
    select
        'registre' as fichier,
        ligne_id as objet,
        commune
    from {{ ref('stg_convention__registre') }}
    union all
    select
        'corrections' as fichier,
        ligne_id as objet,
        valeur_corrigee as commune
    from {{ ref('stg_convention__corrections') }}
    where champ = 'commune'
    union all
    select
        'schema_developpement' as fichier,
        action_id as objet,
        commune
    from {{ ref('stg_convention__developpement') }}
    union all
    select
        'modules_cej' as fichier,
        module_id as objet,
        commune
    from {{ ref('stg_convention__modules') }}
    union all
    select
        'preambule' as fichier,
        ligne_id as objet,
        commune
    from {{ ref('stg_convention__preambule') }}
    union all
    select
        'calendrier' as fichier,
        instance_id as objet,
        unnest(string_split(commune, ', ')) as commune
    from {{ ref('stg_convention__calendrier') }}
    union all
    select
        'jalons' as fichier,
        jalon_id as objet,
        unnest(string_split(commune, ', ')) as commune
    from {{ ref('stg_convention__jalons') }}
    union all
    select
        'diagnostics' as fichier,
        diagnostic_id as objet,
        unnest(string_split(communes, ', ')) as commune
    from {{ ref('stg_convention__diagnostics') }}
    union all
    select
        'indicateurs_evaluation' as fichier,
        indicateur_evaluation_id as objet,
        commune
    from {{ ref('stg_convention__indicateurs_evaluation') }}
)

select
    nommees.fichier,
    nommees.objet,
    nommees.commune
from nommees
anti join {{ ref('int_territoires') }} as territoires
    on
        nommees.commune = territoires.libelle
        and territoires.niveau = 'commune'
