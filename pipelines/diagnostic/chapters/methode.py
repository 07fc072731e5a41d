"""The last chapter: what each indicator is, where figures come from, how sound they are."""

from pipelines.diagnostic.blocks import Block, Section, Text
from pipelines.diagnostic.chapters.pieces import grid, sources, values, values_table
from pipelines.diagnostic.french import number
from pipelines.diagnostic.published import Published

INDICATORS = """
select indicateur_id, any_value(libelle) as libelle, any_value(formule) as formule,
    any_value(methode) as methode
from referentiel.indicateurs group by indicateur_id order by indicateur_id
"""
SOURCES = """
select titre, producteur, millesime::varchar as millesime, edition, licence
from referentiel.sources order by producteur, titre, millesime
"""
COUNTS = """
select objet, t.libelle as territoire, attendu, trouve, ecart, cause
from qualite.rapprochements as r
left join referentiel.territoires as t using (territoire_id)
where ecart <> 0 order by abs(ecart) desc, objet limit 40
"""
CHECKS = """
select case when etape = 'dbt' then 'tests des calculs' else 'contrats' end as etape,
    count(*) as controles, count(*) filter (where statut = 'réussi') as reussis,
    count(*) filter (where statut <> 'réussi') as autres
from qualite.controles group by all order by all
"""


def chapter(published: Published) -> Section:
    """Formulas, sources, checks, counts that do not agree."""
    draws = number(published.rows("select tirages from referentiel.publication").item())
    return Section(
        "methode",
        "Méthode, sources et qualité",
        (
            Section(
                "methode-lire",
                "Lire une valeur",
                (
                    Text(
                        "« Publié » : le chiffre est celui du producteur. « Calculé » : un rapport "
                        "de chiffres publiés. « Estimé » : une hypothèse y entre. « Secret » et "
                        "« non calculable » : pas de valeur, et le motif. L'intervalle contient "
                        f"90 % de {draws} tirages où chaque donnée varie selon ce que l'on en "
                        "sait ; celui de PE02, BES01, PE08 et PE09 est une enveloppe, celui de "
                        "PRI01 va de la plus basse à la plus haute probabilité, celui de GOV01, "
                        "GOV02 et GOV04 a des bornes logiques.",
                    ),
                ),
            ),
            Section("methode-indicateurs", "Indicateurs", (_indicators(published),)),
            Section("methode-sources", "Sources", (_sources(published),)),
            Section("methode-qualite", "Qualité", (*_quality(published),)),
        ),
    )


def _indicators(published: Published) -> Block:
    return grid(
        published,
        "Formules et méthodes",
        published.rows(INDICATORS),
        {
            "libelle": ("Indicateur", None),
            "indicateur_id": ("Identifiant", None),
            "formule": ("Formule", None),
            "methode": ("Source de la méthode", None),
        },
    )


def _sources(published: Published) -> Block:
    return grid(
        published,
        "Sources",
        published.rows(SOURCES),
        {
            "titre": ("Titre", None),
            "producteur": ("Producteur", None),
            "millesime": ("Millésime", None),
            "edition": ("Édition", None),
            "licence": ("Licence", None),
        },
    )


def _quality(published: Published) -> list[Block]:
    complete = values(published, "DQ01")
    told: list[Block] = [
        grid(
            published,
            "Contrôles de la publication",
            published.rows(CHECKS),
            {
                "etape": ("Étape", None),
                "controles": ("Contrôles", 0),
                "reussis": ("Réussis", 0),
                "autres": ("Avertis ou échoués", 0),
            },
        ),
        values_table(
            "Complétude de la capacité des EAJE", complete, 0, sources(published, complete)
        ),
    ]
    counts = published.rows(COUNTS)
    if not counts.is_empty():
        told.append(
            grid(
                published,
                "Décomptes qui ne s'accordent pas",
                counts,
                {
                    "objet": ("Objet", None),
                    "territoire": ("Territoire", None),
                    "attendu": ("Attendu", 0),
                    "trouve": ("Trouvé", 0),
                    "cause": ("Cause", None),
                },
            )
        )
    return told
