"""Chapter 4, « écart offre/besoin »: coverage, places lacking, accessibility, priorities."""

import polars as pl

from pipelines.diagnostic import charts
from pipelines.diagnostic.blocks import Block, Figure, Section, Table, Text
from pipelines.diagnostic.chapters.pieces import (
    absences,
    grid,
    mapped,
    ranked,
    sources,
    standing,
    values,
    values_table,
)
from pipelines.diagnostic.french import listed
from pipelines.diagnostic.published import Published

SENSITIVITY = """
select
    hypothese, modalite,
    string_agg(t.libelle, ', ' order by s.probabilite_pct desc) filter (where s.prioritaire)
        as prioritaires,
    coalesce(
        string_agg(t.libelle || ' (' || s.bascule || ')', ', ' order by t.libelle)
            filter (where s.bascule is not null),
        'aucun'
    ) as bascules
from ecart.sensibilite as s
join referentiel.territoires as t using (territoire_id)
where s.prioritaire or s.bascule is not null
group by hypothese, modalite
order by hypothese = 'référence' desc, hypothese, modalite
"""


def chapter(published: Published) -> Section:
    """Where supply falls short of need, and how sure that is."""
    return Section(
        "ecart",
        "Écart offre/besoin",
        (
            Section(
                "ecart-couverture",
                "Couverture EAJE",
                (
                    *mapped(published, "PE03", "Couverture EAJE estimée, par district"),
                    *ranked(published, "PE03", "Couverture EAJE estimée"),
                    Text(
                        "La capacité que les documents donnent (PE02) est un plancher : elle ne se "
                        "lit qu'avec la part des EAJE dont la capacité est connue.",
                        "note",
                    ),
                    _known(published),
                ),
            ),
            Section("ecart-places", "Places manquantes", (*_gap(published),)),
            Section(
                "ecart-acces",
                "Accessibilité",
                (
                    Text(
                        "L'accessibilité compte les places que les familles atteignent, où "
                        "qu'elles soient, partagées entre tous ceux qui peuvent les demander.",
                        "note",
                    ),
                    *ranked(published, "PE05", "Accessibilité des EAJE"),
                ),
            ),
            Section("ecart-quadrant", "Besoin et offre", (*_quadrant(published),)),
            Section("ecart-priorites", "Territoires prioritaires", (*_priorities(published),)),
            Section("ecart-equite", "Répartition de l'offre", (*_equity(published),)),
        ),
    )


def _known(published: Published) -> Table:
    frame = values(published, "PE02", ("commune",)).join(
        values(published, "DQ01", ("commune",)).select(
            "territoire_id", pl.col("valeur").alias("connue_pct")
        ),
        on="territoire_id",
    )
    return grid(
        published,
        "Couverture EAJE, capacité connue",
        frame,
        {
            "libelle": ("Commune", None),
            "valeur": ("Places connues pour 100 enfants", 1),
            "connue_pct": ("EAJE de capacité connue (%)", 0),
            "statut": ("Statut", None),
            "motif": ("Lecture", None),
        },
    )


def _gap(published: Published) -> list[Block]:
    """Places lacking against each target that has a rate; the others say what they wait for."""
    told: list[Block] = []
    frame = values(published, "PE04", part=None)
    for (target,), rows in frame.group_by("declinaison", maintain_order=True):
        known = rows.filter(pl.col("valeur").is_not_null())
        shown = known.filter(pl.col("niveau") == "district")
        if shown.height > 1:
            title = f"Places qui manquent, {target}"
            lacking = shown.filter(pl.col("valeur") > 0)
            surely = lacking.filter(pl.col("borne_basse") > 0)
            told.append(
                Figure(
                    title,
                    charts.ranked(shown, "places (négatif : au-delà de la cible)", 0),
                    f"{lacking.height} districts sur {shown.height} sont sous la cible, dont "
                    f"{surely.height} de tout leur intervalle. "
                    f"{shown['motif'][0].partition('. ')[0]}. {standing(shown).capitalize()} ; "
                    "trait : intervalle à 90 %.",
                    values_table(title, known, 0),
                    sources(published, shown),
                )
            )
        told += absences(rows)
    return told


def _quadrant(published: Published) -> list[Block]:
    need = values(published, "BES04", ("district",)).drop_nulls("valeur")
    supply = values(published, "PE03", ("district",)).drop_nulls("valeur")
    frame = need.select("territoire_id", "libelle", "commune", *_bounded("besoin")).join(
        supply.select("territoire_id", *_bounded("offre")), on="territoire_id"
    )
    if frame.height < 3:
        return [Text("Besoin et offre : moins de trois districts ont les deux.", "absence")]
    short = frame.filter(
        pl.col("besoin") > pl.col("besoin").mean(), pl.col("offre") < pl.col("offre").mean()
    )
    title = "Besoin et couverture des districts"
    unit = supply["unite"][0]
    both = pl.concat([need, supply])
    return [
        Figure(
            title,
            charts.quadrant(frame, "Indice de besoin (écarts types)", f"Couverture EAJE ({unit})"),
            "Plus de besoin et moins d'offre que la moyenne des districts, en bas à droite : "
            f"{listed(short['libelle'].to_list()) or 'aucun'}. {standing(both).capitalize()} ; "
            "traits gris : intervalles à 90 % ; pointillés : moyennes.",
            grid(
                published,
                title,
                frame.sort("besoin", descending=True),
                {
                    "libelle": ("District", None),
                    "besoin": ("Indice de besoin (écarts types)", 2),
                    "besoin_bas": ("de", 2),
                    "besoin_haut": ("à", 2),
                    "offre": (f"Couverture EAJE ({unit})", 1),
                    "offre_bas": ("de", 1),
                    "offre_haut": ("à", 1),
                },
            ),
            sources(published, both),
        )
    ]


def _bounded(name: str) -> list[pl.Expr]:
    """A value under another name, with its bounds; what nothing bounds is its own bound."""
    return [
        pl.col("valeur").alias(name),
        pl.coalesce("borne_basse", "valeur").alias(f"{name}_bas"),
        pl.coalesce("borne_haute", "valeur").alias(f"{name}_haut"),
    ]


def _priorities(published: Published) -> list[Block]:
    told: list[Block] = [
        Text(
            "Aucun rang n'est donné seul : la probabilité d'être parmi les premiers dit à quel "
            "point les données permettent de classer. Le choix des priorités revient aux comités.",
            "note",
        ),
        *ranked(published, "PRI01", "Probabilité d'être parmi les trois districts prioritaires", 0),
    ]
    sensitivity = published.rows(SENSITIVITY)
    if not sensitivity.is_empty():
        told.append(
            grid(
                published,
                "Ce que change chaque hypothèse",
                sensitivity,
                {
                    "hypothese": ("Hypothèse", None),
                    "modalite": ("Modalité", None),
                    "prioritaires": ("Prioritaires", None),
                    "bascules": ("Entrent ou sortent", None),
                },
            )
        )
    return told


def _equity(published: Published) -> list[Block]:
    frame = values(published, "EQU01", ("territoire",), None)
    known = frame.filter(pl.col("valeur").is_not_null())
    shares = known.filter(pl.col("declinaison").str.starts_with("enfants sans"))
    if shares.is_empty():
        return absences(frame)
    return [
        values_table(
            "Enfants sans service dans leur district",
            shares.with_columns(pl.col("declinaison").str.split(", ").list.last().alias("libelle")),
            1,
            sources(published, shares),
            about="Service",
        )
    ]
