"""Chapter 5, « schéma de développement »: what is planned, when, and what it would change."""

from dataclasses import replace

import polars as pl

from pipelines.diagnostic import charts
from pipelines.diagnostic.blocks import Block, Figure, Section, Text
from pipelines.diagnostic.chapters.pieces import (
    PLANNED,
    by_year,
    grid,
    sources,
    values,
)
from pipelines.diagnostic.french import number
from pipelines.diagnostic.published import Published

ACTIONS = f"""
select
    p.libelle, t.libelle as territoire, {PLANNED},
    p.places_brutes, p.places_ville, p.statut_places, a.etat, p.source_id as sources
from offre.places_programmees as p
join suivi.actions as a using (action_id)
join referentiel.territoires as t
    on t.territoire_id = coalesce(p.district_id, p.commune_id)
order by p.annee, t.libelle, p.libelle
"""
# Places of nurseries: those of childminders are not of the same kind.
PLACES = """
with prevues as (
    select annee_ouverture, places_brutes, places_ville
    from offre.places_programmees where type_accueil = 'EAJE'
),
annees as (
    select unnest(range(min(annee_ouverture), max(annee_ouverture) + 1)) as annee from prevues
),
ouvertes as (
    select year(a.date_ouverture) as annee, a.places_ouvertes as places
    from suivi.actions as a
    join offre.places_programmees as p using (action_id)
    where a.date_ouverture is not null and p.type_accueil = 'EAJE'
)
select annees.annee, 'prévues, brutes' as serie,
    coalesce(sum(p.places_brutes), 0)::double as places
from annees left join prevues as p on p.annee_ouverture <= annees.annee
group by all
union all
select annees.annee, 'prévues, disponibles pour la ville',
    coalesce(sum(p.places_ville), 0)::double
from annees left join prevues as p on p.annee_ouverture <= annees.annee
group by all
union all
select annees.annee, 'ouvertes', sum(o.places)::double
from annees join ouvertes as o on o.annee <= annees.annee
group by all
order by serie desc, annee
"""
PROJECTED = """
select p.annee, p.hypothese_ouvertures as serie, sum(p.places) as places,
    sum(p.enfants_0_2) as enfants, 100 * sum(p.places) / sum(p.enfants_0_2) as couverture_pct
from ecart.projections as p
where p.niveau = 'commune' and p.hypothese_naissances = 'centrale'
group by all
having count(p.places) = count(*)
order by serie desc, annee
"""
# What the Cnaf has published since, beside what the plan would make of the places of the start.
PUBLISHED_SINCE = """
select annee, places_publiees, places from ecart.projections
where niveau = 'territoire' and hypothese_naissances = 'centrale'
    and hypothese_ouvertures = 'tout ouvre' and places_publiees <> places
order by annee desc limit 1
"""
LACKING = """
select t.libelle, m.cible, m.annee, m.hypothese_ouvertures, m.places_manquantes
from ecart.places_manquantes as m
join referentiel.territoires as t using (territoire_id)
where m.hypothese_naissances = 'centrale' and m.hypothese_ouvertures = 'tout ouvre'
    and m.annee in (select distinct millesime from ecart.indicateurs where indicateur_id = 'PE07')
order by t.niveau, m.places_manquantes desc
"""


def chapter(published: Published) -> Section:
    """The plan, its places over time, and coverage as it would be."""
    return Section(
        "schema",
        "Schéma de développement",
        (
            Section("schema-actions", "Actions prévues", (*_actions(published),)),
            *_places(published),
            Section("schema-projection", "Couverture projetée", (*_projection(published),)),
        ),
    )


def _actions(published: Published) -> list[Block]:
    frame = published.rows(ACTIONS)
    if frame.is_empty():
        return [
            Text(
                "Pas de schéma de développement : déposer schema_developpement.csv dans le dossier "
                "de la convention.",
                "absence",
            )
        ]
    heads: dict[str, tuple[str, int | None]] = {
        "libelle": ("Action", None),
        "territoire": ("Territoire", None),
        "annee": ("Année", None),
        "places_brutes": ("Places brutes", 0),
        "places_ville": ("Places pour la ville", 0),
        "statut_places": ("Places", None),
        "etat": ("État", None),
    }
    return [
        grid(published, "Actions du schéma de développement", frame, heads),
        Text("« Non défini » dans le document reste non défini : ce n'est pas zéro.", "note"),
    ]


def _places(published: Published) -> list[Section]:
    """None where the actions say that there is no plan."""
    planned = published.rows(ACTIONS)
    if planned.is_empty():
        return []
    frame = published.rows(PLACES)
    opened = frame.filter(pl.col("serie") == "ouvertes")
    title = "Places d'EAJE prévues et ouvertes, cumulées"
    last = frame.filter(pl.col("serie") == "prévues, brutes").row(-1, named=True)
    told: list[Block] = [
        Figure(
            title,
            charts.lines(frame, "places", "serie", "places", from_zero=True),
            f"{number(last['places'])} places brutes prévues jusqu'en {last['annee']}.",
            by_year(published, title, frame, "serie", "places"),
            sources(published, planned),
        )
    ]
    if opened.is_empty():
        told.append(
            Text(
                "Places ouvertes : aucune ouverture dans realisations.csv ; y inscrire chaque "
                "ouverture, sa date, ses places et sa pièce.",
                "absence",
            )
        )
    return [Section("schema-places", "Places prévues et ouvertes", (*told,))]


def _projection(published: Published) -> list[Block]:
    frame = published.rows(PROJECTED)
    if frame.is_empty():
        return [Text("Couverture projetée : il faut PE03 et les naissances.", "absence")]
    title = "Couverture EAJE projetée, ensemble des communes"
    cited = sources(published, values(published, "PE07", part=None))
    told: list[Block] = [
        Text(
            "Des hypothèses, non des prévisions : les places partent du recensement et de la Cnaf "
            "de la même année, et la baisse des naissances suffit à élever la couverture.",
            "note",
        ),
        Figure(
            title,
            charts.lines(frame, "couverture_pct", "serie", "places pour 100 enfants de 0 à 2 ans"),
            "Hypothèse centrale de naissances ; une ligne pour chaque hypothèse d'ouverture.",
            by_year(published, title, frame, "serie", "couverture_pct", 1),
            cited,
        ),
        *_since(published),
    ]
    lacking = published.rows(LACKING)
    for (target,), rows in lacking.group_by("cible", maintain_order=True):
        wide = rows.pivot(on="annee", index="libelle", values="places_manquantes")
        years = wide.columns[1:]
        table = grid(
            published,
            f"Places qui manqueraient si tout ouvrait, cible {target}",
            wide,
            {"libelle": ("Territoire", None), **{year: (str(year), 0) for year in years}},
        )
        told.append(replace(table, source=cited))
    return told


def _since(published: Published) -> list[Block]:
    return [
        Text(
            f"La Cnaf a publié {number(row['places_publiees'])} places pour {row['annee']}, où les "
            f"places de départ et tout le schéma en feraient {number(row['places'])} : rien ne dit "
            "dans quels districts est la différence, que la projection ne compte pas.",
            "note",
        )
        for row in published.rows(PUBLISHED_SINCE).to_dicts()
    ]
