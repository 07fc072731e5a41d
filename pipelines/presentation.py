"""How the graph introduces itself in the UI: what each group is, and where each asset comes from.

Dagster describes assets, not groups; so each asset says in its description what its group is. It is
written here once for all of them, and an asset that joins a group needs nothing.
"""

from collections.abc import Mapping

import dagster as dg

from pipelines.dictionary import PUBLISHED_SCHEMAS

_ENTRY = (
    "table d'entrée. Les lignes du territoire, telles que publiées ; deux contrôles les gardent, à "
    "la lecture puis à l'entrée."
)
GROUPS: Mapping[str, str] = {
    "fichiers": "un fichier de sources/. Sa fiche dit d'où il vient ; le déposer suffit. Dagster "
    "ne le fabrique pas, et le dit « Never materialized ».",
    "entree_caf": _ENTRY,
    "entree_convention": _ENTRY,
    "entree_education": _ENTRY,
    "entree_geo": _ENTRY,
    "entree_insee": _ENTRY,
    "entree_observatoire": "ce que l'observatoire sait de lui-même : territoire, sources, "
    "dictionnaire, règles de calcul, constats des contrôles.",
    "millesimes": "les années que contient une table d'entrée ; chacune se relit seule.",
    "preparation": "vue, une par table d'entrée : colonnes renommées, rien de calculé. Elle se lit "
    "au moment du calcul, et n'a donc ni date ni matérialisation (« Never materialized »).",
    "calculs": "étape de calcul, à ne pas citer : seules les tables publiées le sont.",
    "estimations": "tirages de ce qui n'est pas connu, d'où viennent les intervalles. Étape de "
    "calcul, à ne pas citer.",
    "indicateurs": "un indicateur par table, réunis ensuite dans ecart.indicateurs.",
    "besoin": "table publiée : qui a besoin de services, et combien.",
    "offre": "table publiée : les services, les places, ce que la convention programme.",
    "ecart": "table publiée : l'offre rapportée au besoin, avec intervalle et statut.",
    "suivi": "table publiée : ce que la convention promettait, ce qui s'est passé.",
    "qualite": "table publiée : ce que disent les contrôles, ce qui manque, ce qui a changé.",
    "referentiel": "table publiée : territoires, sources, indicateurs, dictionnaire.",
    "vues": "vue publiée : la réponse à une question fréquente, sans jointure.",
    "publication": "ce qui se lit : le fichier publié, et ses aperçus dans cette interface.",
    "exports": "ce qui se remet : le dossier du comité et les fichiers des services. Le chemin de "
    "chacun est plus bas ; celui d'une page se colle dans la barre d'adresse du navigateur.",
}

SHOWN_PARENTS = 6


def introduced(spec: dg.AssetSpec) -> dg.AssetSpec:
    """The asset, whose description also says what its group is and what it is made from."""
    said = [spec.description or ""]
    group = GROUPS.get(spec.group_name or "")
    if group:
        said.append(f"*Groupe {spec.group_name}* : {group}")
    if spec.key.path[0] in PUBLISHED_SCHEMAS:
        said.append(f"*Aperçu* : [premières lignes et figure]({_page(spec.key)}?view=events).")
    parents = sorted(dep.asset_key for dep in spec.deps)
    if parents:
        more = len(parents) - SHOWN_PARENTS
        links = [f"[{key.to_user_string()}]({_page(key)})" for key in parents[:SHOWN_PARENTS]]
        said.append(
            f"*Vient de* : {', '.join(links)}" + (f", et {more} autres." * (more > 0) or ".")
        )
    return spec.replace_attributes(description="\n\n".join(said))


def _page(key: dg.AssetKey) -> str:
    return f"/assets/{'/'.join(key.path)}"
