{#- The headings under which a registry lists its services, and the type that each one says.
    Accents, punctuation and plurals apart, one is found in what is printed as whole words. « EAJE »
    and the name of one of its kinds say that kind. -#}
{% macro rubriques() -%}
    select
        type_service,
        unnest(rubriques) as rubrique
    from (
        values
        (
            'EAJE',
            [
                'EAJE', 'multi-accueil', 'multiaccueil', 'MAC', 'crèche', 'halte-garderie',
                'jardin d’enfants', 'accueil du jeune enfant'
            ]
        ),
        ('micro-crèche', ['micro-crèche', 'microcrèche', 'EAJE micro-crèche']),
        ('crèche familiale', ['crèche familiale', 'EAJE crèche familiale']),
        ('LAEP', ['LAEP', 'lieu d’accueil enfants-parents', 'lieu d’accueil parents-enfants']),
        (
            'RAM',
            [
                'RAM', 'RPE', 'relais petite enfance', 'relais assistants maternels',
                'relais assistantes maternelles'
            ]
        ),
        ('ludothèque', ['ludothèque']),
        ('ALSH extrascolaire', ['extra', 'extrascolaire']),
        ('ALSH périscolaire', ['péri', 'périscolaire']),
        ('accueil ados', ['ados', 'adolescents', 'accueil jeunes'])
    ) as types (type_service, rubriques)
{%- endmacro %}
