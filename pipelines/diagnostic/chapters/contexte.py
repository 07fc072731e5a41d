"""Chapter 1, « évolution du contexte local »: people, ages, births, priority quarters."""

import polars as pl

from pipelines.diagnostic import charts
from pipelines.diagnostic.blocks import Block, Fact, Facts, Figure, Section, Text
from pipelines.diagnostic.chapters.pieces import CENSUS_BOUNDS, by_year, grid, titles
from pipelines.diagnostic.french import interval, number
from pipelines.diagnostic.published import Published

WHOLE = pl.col("niveau") == "territoire"
# More bars, or more lines, than that are told apart by nobody.
MOST_BARS, MOST_LINES = 40, 7
REMEMBERED = {"ensemble": "Habitants", "0-2 ans": "Enfants de 0 à 2 ans"}
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
select n.annee, t.libelle as serie, t.niveau, n.naissances, n.source_id as sources,
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
select t.libelle, t.niveau, q.part_qpv_pct, q.personnes_qpv, q.personnes, q.millesime,
    q.source_id as sources
from besoin.population_qpv as q join referentiel.territoires as t using (territoire_id)
order by q.millesime, t.libelle
"""
INCOME = """
select t.libelle, t.niveau, r.mediane_eur, r.millesime, r.source_id as sources
from besoin.revenus_communes as r join referentiel.territoires as t using (territoire_id)
where r.mediane_eur is not null order by r.millesime, t.libelle
"""
BY_COMMUNE: tuple[tuple[str, str, dict[str, tuple[str, int | None]]], ...] = (
    (
        "Quartiers prioritaires, par commune",
        QPV,
        {
            "millesime": ("Millésime", None),
            "part_qpv_pct": ("Habitants en quartier prioritaire (%)", 1),
            "personnes_qpv": ("En quartier prioritaire", 0),
            "personnes": ("Habitants, d'un recensement antérieur", 0),
        },
    ),
    (
        "Revenu disponible, par commune",
        INCOME,
        {
            "millesime": ("Millésime", None),
            "mediane_eur": ("Revenu disponible médian (€ par unité de consommation)", 0),
        },
    ),
)


def chapter(published: Published) -> Section:
    """How many people, of what age, and how births move."""
    people = published.rows(PEOPLE)
    return Section(
        "contexte",
        "Évolution du contexte local",
        (
            *_facts(published, people),
            *_by_commune(published),
            Section("contexte-ages", "Structure par âge", (*_ages(published, people),)),
            Section("contexte-naissances", "Naissances", (*_births(published),)),
        ),
    )


def _facts(published: Published, people: pl.DataFrame) -> list[Block]:
    whole = people.filter(WHOLE).filter(pl.col("tranche_age").is_in([*REMEMBERED]))
    facts = [
        Fact(
            REMEMBERED[row["tranche_age"]],
            number(row["personnes"]),
            f"{row['libelle']}, recensement {row['millesime']} ; {CENSUS_BOUNDS} : "
            f"{interval(row['borne_basse_personnes'], row['borne_haute_personnes'])}",
        )
        for row in whole.sort("personnes", descending=True).to_dicts()
    ]
    facts += [
        Fact(
            "Habitants en quartier prioritaire",
            f"{number(row['part_qpv_pct'], 1)} %",
            f"{row['libelle']}, {number(row['personnes_qpv'])} personnes sur "
            f"{number(row['personnes'])}, d'un recensement antérieur ; Insee, fichier "
            f"{row['millesime']}",
        )
        for row in published.rows(QPV).filter(WHOLE).to_dicts()
    ]
    facts += [
        Fact(
            "Revenu disponible médian",
            f"{number(row['mediane_eur'])} €",
            f"{row['libelle']}, par unité de consommation et par an, Filosofi {row['millesime']}",
        )
        for row in published.rows(INCOME).filter(WHOLE).to_dicts()
    ]
    if not facts:
        return [Text("Habitants : le recensement n'a pas toutes les communes.", "absence")]
    return [Facts(tuple(facts))]


def _by_commune(published: Published) -> list[Block]:
    """What the publishers give of the communes, where they give nothing of their whole."""
    told: list[Block] = []
    for title, query, columns in BY_COMMUNE:
        frame = published.rows(query).with_columns(pl.col("millesime").cast(pl.String))
        if not frame.is_empty() and frame.filter(WHOLE).is_empty():
            told.append(grid(published, title, frame, {"libelle": ("Commune", None)} | columns))
    return told


def _ages(published: Published, people: pl.DataFrame) -> list[Block]:
    children = people.filter(pl.col("tranche_age").is_in(BANDS))
    if children["libelle"].n_unique() > MOST_BARS:
        children = children.filter(pl.col("niveau") != "district")
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
    drawn = births
    if births["serie"].n_unique() > MOST_LINES:
        drawn = births.filter(pl.col("niveau") != "commune")
    ends = drawn.group_by("serie", maintain_order=True).agg(pl.all().last())
    said = " ; ".join(
        f"{row['serie']} {number(row['indice'], 0)} en {row['annee']}" for row in ends.to_dicts()
    )
    return [
        Figure(
            title,
            charts.lines(drawn, "indice", "serie", f"base 100 en {first}"),
            f"{said}.",
            by_year(published, "Naissances domiciliées", births, "serie", "naissances"),
            titles(published, births["sources"].unique().to_list()),
        )
    ]
