"""One page a territory: supply, need, gap, plan, doubts."""

import polars as pl

from pipelines.diagnostic import charts
from pipelines.diagnostic.blocks import Block, Column, Figure, Section, Table, Text
from pipelines.diagnostic.chapters.pieces import (
    CENSUS_BOUNDS,
    PLANNED,
    grid,
    outlines,
    places,
    sources,
    standing,
)
from pipelines.diagnostic.french import NOTHING, interval, listed, number
from pipelines.diagnostic.published import Published

# The figures of a sheet, by theme: indicator, part of it, decimals.
SHEET: dict[str, tuple[tuple[str, str, int], ...]] = {
    "Besoin": (
        ("BES01", "0-2 ans", 1),
        ("BES02", "ensemble", 1),
        ("BES03", "ensemble", 1),
        ("BES04", "ensemble", 2),
    ),
    "Offre": (
        ("PE02", "ensemble", 1),
        ("PE03", "ensemble", 1),
        ("PE05", "ensemble", 1),
        ("ALSH02", "ensemble", 1),
        ("PERI01", "ensemble", 1),
        ("ADO01", "ensemble", 1),
        ("LUD01", "ensemble", 1),
        ("LAEP01", "ensemble", 1),
        ("ECO01", "maternelles", 1),
        ("ECO01", "élémentaires", 1),
    ),
    "Écart": (("PE04", "cible territoire", 0), ("PRI01", "ensemble", 0)),
}
# Those whose reading decides: the sheet says it even where they have a value.
DECISIVE = ("PE03", "PRI01")
# What the communes and the districts are first compared on, with decimals and a head.
OVERVIEW = {
    ("PE03", "ensemble"): (1, "Couverture EAJE estimée"),
    ("PE05", "ensemble"): (1, "Accessibilité EAJE"),
    ("PE04", "cible territoire"): (0, "Places qui manquent, cible territoire"),
    ("BES04", "ensemble"): (1, "Indice de besoin"),
    ("PRI01", "ensemble"): (0, "Parmi les trois prioritaires (% des tirages)"),
}
PROFILE = ("PE03", "PE05", "BES02", "BES03", "BES04")
VALUES = """
select i.indicateur_id, i.declinaison, i.libelle as indicateur, i.territoire_id, t.libelle,
    i.niveau, i.millesime, i.valeur, i.borne_basse, i.borne_haute, i.unite, i.statut, i.motif,
    i.sources
from ecart.indicateurs as i
join referentiel.territoires as t using (territoire_id)
where i.niveau in ('commune', 'district')
qualify row_number() over (
    partition by i.indicateur_id, i.declinaison, i.territoire_id
    order by i.valeur is null, i.millesime desc, i.edition desc
) = 1
order by i.indicateur_id, i.declinaison, i.territoire_id
"""
CHILDREN = """
select territoire_id, personnes, borne_basse_personnes, borne_haute_personnes, millesime
from besoin.population
where tranche_age = '0-2 ans'
qualify millesime = max(millesime) over ()
"""
SERVICES = """
select coalesce(district_id, '') as district_id, commune_id, type_service, count(*) as services
from offre.services group by all order by type_service
"""
ACTIONS = f"""
select p.libelle, p.district_id, p.commune_id, {PLANNED},
    p.places_brutes, p.places_ville, p.statut_places
from offre.places_programmees as p order by p.annee, p.libelle
"""


def chapter(published: Published) -> Section:
    """The communes, then the districts."""
    read = _Read(published)
    every = places(published, ("commune", "district")).to_dicts()
    return Section(
        "fiches",
        "Fiches par territoire",
        (read.overview(every), *(read.sheet(row) for row in every)),
    )


class _Read:
    """What all sheets read, once."""

    def __init__(self, published: Published) -> None:
        self.published = published
        self.values = published.rows(VALUES)
        self.children = published.rows(CHILDREN)
        self.services = published.rows(SERVICES)
        self.planned = published.rows(ACTIONS)
        self.land = outlines(published)

    def overview(self, every: list[dict[str, str]]) -> Table:
        """All territories side by side, before their sheets."""
        chosen = pl.concat(
            self.values.filter(pl.col("indicateur_id") == indicator, pl.col("declinaison") == part)
            for indicator, part in OVERVIEW
        )
        cells = {
            (row["territoire_id"], row["indicateur_id"], row["declinaison"]): row
            for row in chosen.to_dicts()
        }

        def written(place: str, key: tuple[str, str]) -> str:
            row = cells.get((place, *key))
            if row is None or row["valeur"] is None:
                return NOTHING
            decimals, _ = OVERVIEW[key]
            bounds = interval(row["borne_basse"], row["borne_haute"], decimals)
            value = number(row["valeur"], decimals)
            return f"{value} ({bounds})" if bounds else value

        title = "Les territoires côte à côte, avec leurs intervalles"
        known = chosen.drop_nulls("valeur")
        return Table(
            title if known.is_empty() else f"{title} ({standing(known)})",
            (
                Column("Territoire"),
                *(Column(head, is_figure=True) for _, head in OVERVIEW.values()),
            ),
            tuple(
                (place["libelle"], *(written(place["territoire_id"], key) for key in OVERVIEW))
                for place in every
            ),
            sources(self.published, chosen),
        )

    def sheet(self, place: dict[str, str]) -> Section:
        """The page of one territory."""
        own = self.values.filter(pl.col("territoire_id") == place["territoire_id"])
        kind = "Commune" if place["niveau"] == "commune" else f"District, {place['commune']}"
        blocks = self._located(place)
        blocks.append(Text(f"{kind}. {self._children(place['territoire_id'])}"))
        blocks += self._profile(place)
        blocks.append(self._figures(place, own))
        blocks += self._services(place)
        blocks += self._plan(place)
        blocks += self._doubts(own)
        return Section(
            f"fiche-{place['territoire_id'].lower()}",
            place["libelle"],
            tuple(blocks),
            is_sheet=True,
        )

    def _children(self, place: str) -> str:
        found = self.children.filter(pl.col("territoire_id") == place).to_dicts()
        if not found:
            return "Enfants de 0 à 2 ans : absents des sources."
        row = found[0]
        bounds = interval(row["borne_basse_personnes"], row["borne_haute_personnes"])
        return (
            f"{number(row['personnes'])} enfants de 0 à 2 ans au recensement {row['millesime']} "
            f"({CENSUS_BOUNDS} : {bounds})."
        )

    def _located(self, place: dict[str, str]) -> list[Block]:
        key = "district_id" if place["niveau"] == "district" else "commune_id"
        if self.land.filter(pl.col(key) == place["territoire_id"]).is_empty():
            return []
        return [
            Figure(
                f"Où se trouve {place['libelle']}",
                charts.located(self.land, place["territoire_id"]),
                f"{place['libelle']} parmi les districts du territoire.",
                Table(
                    "Territoire montré",
                    (Column("Territoire"), Column("Code")),
                    ((place["libelle"], place["territoire_id"]),),
                ),
                "contours de l'IGN et de l'Insee.",
                answers=False,
            )
        ]

    def _profile(self, place: dict[str, str]) -> list[Block]:
        """Where a district stands among all; three communes are too few to stand among."""
        if place["niveau"] != "district":
            return []
        like = self.values.filter(
            pl.col("niveau") == "district",
            pl.col("indicateur_id").is_in(PROFILE),
            pl.col("declinaison") == "ensemble",
            pl.col("valeur").is_not_null(),
        )
        low, high = (
            pl.col("valeur").min().over("indicateur"),
            pl.col("valeur").max().over("indicateur"),
        )
        frame = like.filter(high > low).select(
            "indicateur",
            "libelle",
            "valeur",
            "unite",
            ((pl.col("valeur") - low) / (high - low)).alias("position"),
            (pl.col("territoire_id") == place["territoire_id"]).alias("ici"),
            pl.col("valeur")
            .map_elements(lambda value: number(value, 1), return_dtype=pl.String)
            .alias("ecrit"),
        )
        here = frame.filter("ici")
        if here.is_empty():
            return []
        return [
            Figure(
                f"{place['libelle']} parmi les districts",
                charts.profile(frame),
                "Chaque trait est un district, le point est celui de la fiche.",
                grid(
                    self.published,
                    f"Position parmi les districts : {place['libelle']}",
                    here,
                    {
                        "indicateur": ("Indicateur", None),
                        "valeur": ("Valeur", 1),
                        "unite": ("Unité", None),
                    },
                ),
                "celles du tableau qui suit.",
            )
        ]

    def _figures(self, place: dict[str, str], own: pl.DataFrame) -> Table:
        rows, shown = [], []
        by_key = {(row["indicateur_id"], row["declinaison"]): row for row in own.to_dicts()}
        for theme, chosen in SHEET.items():
            for indicator, part, decimals in chosen:
                row = by_key.get((indicator, part))
                if row is None:
                    continue
                shown.append(row)
                rows.append(
                    (
                        _named(row),
                        number(row["valeur"], decimals),
                        interval(row["borne_basse"], row["borne_haute"], decimals),
                        row["unite"],
                        f"{row['statut']}, {row['millesime']}",
                        theme,
                    )
                )
        heads = ("Indicateur", "Valeur", "Intervalle", "Unité", "Statut, millésime", "Thème")
        columns = tuple(Column(head, head in ("Valeur", "Intervalle")) for head in heads)
        title = f"Besoin, offre, écart : {place['libelle']}"
        cited = sources(self.published, pl.DataFrame(shown, schema=own.schema))
        return Table(title, columns, tuple(rows), cited)

    def _services(self, place: dict[str, str]) -> list[Block]:
        """What is named there; nothing where the convention has no registry to name it."""
        if self.services.is_empty():
            return []
        key = "district_id" if place["niveau"] == "district" else "commune_id"
        found = (
            self.services.filter(pl.col(key) == place["territoire_id"])
            .group_by("type_service", maintain_order=True)
            .agg(pl.col("services").sum())
        )
        if found.is_empty():
            return [Text("Services de la convention : aucun n'est placé dans ce territoire.")]
        named = [f"{row['type_service']} {row['services']}" for row in found.to_dicts()]
        return [Text(f"Services de la convention : {listed(named)}.")]

    def _plan(self, place: dict[str, str]) -> list[Block]:
        """What is planned there; nothing where the convention has no plan."""
        if self.planned.is_empty():
            return []
        key = "district_id" if place["niveau"] == "district" else "commune_id"
        found = self.planned.filter(pl.col(key) == place["territoire_id"])
        if found.is_empty():
            return [Text("Schéma de développement : aucune action n'y est située.")]
        return [
            grid(
                self.published,
                f"Schéma de développement : {place['libelle']}",
                found,
                {
                    "libelle": ("Action", None),
                    "annee": ("Année", None),
                    "places_brutes": ("Places brutes", 0),
                    "places_ville": ("Places pour la ville", 0),
                    "statut_places": ("Places", None),
                },
            )
        ]

    def _doubts(self, own: pl.DataFrame) -> list[Block]:
        """What a reader has to know before quoting the sheet."""
        chosen = {(indicator, part) for rows in SHEET.values() for indicator, part, _ in rows}
        told = [
            f"{_named(row)} : {row['motif']}"
            for row in own.to_dicts()
            if (row["indicateur_id"], row["declinaison"]) in chosen
            and row["motif"]
            and (row["valeur"] is None or row["indicateur_id"] in DECISIVE)
        ]
        return [Text("Doutes. " + " ".join(told), "note")] if told else []


def _named(row: dict[str, str]) -> str:
    """The name of an indicator, and which part of it."""
    part = row["declinaison"]
    return row["indicateur"] if part == "ensemble" else f"{row['indicateur']}, {part}"
