"""Chapter 1, « évolution du contexte local »: people, ages, births, priority quarters."""

import polars as pl

from pipelines.diagnostic import charts
from pipelines.diagnostic.blocks import Block, Fact, Facts, Figure, Section, Text
from pipelines.diagnostic.chapters.pieces import by_year, grid, titles
from pipelines.diagnostic.french import interval, number
from pipelines.diagnostic.published import Published

BANDS = ("0-2 ans", "3-5 ans", "6-10 ans", "11-17 ans")
PEOPLE = """
select t.libelle, t.niveau, p.tranche_age, p.personnes, p.borne_basse_personnes,
    p.borne_haute_personnes, p.millesime, p.source_id as sources,
    100 * p.personnes / e.personnes as part_pct
from besoin.population as p
join besoin.population as e using (territoire_id, millesime, edition)
join referentiel.territoires as t on t.territoire_id = p.territoire_id
where e.tranche_age = 'ensemble' and p.niveau in ('territoire', 'commune', 'district')
qualify p.millesime = max(p.millesime) over ()
order by t.niveau <> 'territoire', t.niveau, t.territoire_id, p.tranche_age
"""
BIRTHS = """
select n.annee, t.libelle as serie, n.naissances, n.source_id as sources,
    100.0 * n.naissances / base.naissances as indice, base.annee as base
from besoin.naissances as n
join referentiel.territoires as t using (territoire_id)
join besoin.naissances as base
    on base.territoire_id = n.territoire_id and base.annee = (
        -- The first year that all the territories have.
        select max(premiere) from (
            select min(annee) as premiere from besoin.naissances
            where naissances is not null group by territoire_id
        )
    )
where n.naissances is not null
order by t.niveau <> 'territoire', t.territoire_id, n.annee
"""
QPV = """
select part_qpv_pct, personnes_qpv, millesime from besoin.population_qpv order by millesime
"""
INCOME = """
select mediane_eur, millesime from besoin.revenus_communes
where mediane_eur is not null order by millesime
"""


def chapter(published: Published) -> Section:
    """How many people, of what age, and how births move."""
    people = published.rows(PEOPLE)
    return Section(
        "contexte",
        "Évolution du contexte local",
        (
            _facts(published, people),
            Section("contexte-ages", "Structure par âge", (*_ages(published, people),)),
            Section("contexte-naissances", "Naissances", (*_births(published),)),
        ),
    )


def _facts(published: Published, people: pl.DataFrame) -> Facts:
    whole = people.filter(pl.col("niveau") == "territoire")
    if whole.is_empty():
        whole = people.filter(pl.col("niveau") == "commune")
    by_band = {row["tranche_age"]: row for row in whole.to_dicts()}
    facts = []
    for band, label in (("ensemble", "Habitants"), ("0-2 ans", "Enfants de 0 à 2 ans")):
        row = by_band[band]
        facts.append(
            Fact(
                label,
                number(row["personnes"]),
                f"{row['libelle']}, recensement {row['millesime']} ; "
                f"{interval(row['borne_basse_personnes'], row['borne_haute_personnes'])} à 90 %",
            )
        )
    facts += [
        Fact(
            "Habitants en quartier prioritaire",
            f"{number(row['part_qpv_pct'], 1)} %",
            f"{number(row['personnes_qpv'])} personnes, Insee {row['millesime']}",
        )
        for row in published.rows(QPV).to_dicts()
    ]
    facts += [
        Fact(
            "Revenu disponible médian",
            f"{number(row['mediane_eur'])} €",
            f"par unité de consommation et par an, Filosofi {row['millesime']}",
        )
        for row in published.rows(INCOME).to_dicts()
    ]
    return Facts(tuple(facts))


def _ages(published: Published, people: pl.DataFrame) -> list[Block]:
    children = people.filter(pl.col("tranche_age").is_in(BANDS))
    title = "Part des enfants et des jeunes dans la population, par âge"
    wide = children.pivot(
        on="tranche_age", index=["libelle"], values="personnes", aggregate_function="sum"
    )
    return [
        Figure(
            title,
            charts.stacked(
                children, "libelle", "tranche_age", "part_pct", "% des habitants", BANDS
            ),
            f"Part des 0-2, 3-5, 6-10 et 11-17 ans, recensement {people['millesime'][0]}.",
            grid(
                published,
                "Enfants et jeunes par âge (personnes)",
                wide,
                {"libelle": ("Territoire", None)} | {band: (band, 0) for band in BANDS},
            ),
            titles(published, people["sources"].unique().to_list()),
        )
    ]


def _births(published: Published) -> list[Block]:
    births = published.rows(BIRTHS)
    if births.is_empty():
        return [Text("Naissances : aucun fichier de l'état civil dans les sources.", "absence")]
    first = births["base"][0]
    title = f"Naissances domiciliées, base 100 en {first}"
    ends = births.group_by("serie", maintain_order=True).agg(pl.all().last())
    said = " ; ".join(
        f"{row['serie']} {number(row['indice'], 0)} en {row['annee']}" for row in ends.to_dicts()
    )
    return [
        Figure(
            title,
            charts.lines(births, "indice", "serie", f"base 100 en {first}"),
            f"{said}.",
            by_year(published, "Naissances domiciliées", births, "serie", "naissances"),
            titles(published, births["sources"].unique().to_list()),
        )
    ]
