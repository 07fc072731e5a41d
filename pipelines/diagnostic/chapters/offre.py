"""Chapter 2, « analyse de l'offre de service existante »: places by mode, services, schools."""

import polars as pl

from pipelines.diagnostic import charts
from pipelines.diagnostic.blocks import Block, Figure, Section, Text
from pipelines.diagnostic.chapters.pieces import (
    absences,
    by_year,
    cited_in,
    grid,
    ranked,
    titles,
    values,
)
from pipelines.diagnostic.french import listed, number
from pipelines.diagnostic.published import Published

# The Cnaf's modes that add up, from the bottom of the column to its top.
MODES = (
    "EAJE financés par la PSU",
    "EAJE hors PSU",
    "assistantes maternelles",
    "garde à domicile",
    "préscolarisation",
)
COVERAGE = """
select t.libelle, p.annee, p.mode, p.places, p.taux_couverture_pct, p.sources
from offre.places_cnaf as p
join referentiel.territoires as t using (territoire_id)
order by t.niveau, p.annee, p.mode
"""
SERVICES = """
select s.type_service, t.libelle as commune, count(*) as services
from offre.services as s
join referentiel.territoires as t on t.territoire_id = s.commune_id
group by all
order by all
"""
# Each kind of service, with the indicator that relates it to children.
KINDS = {
    "ALSH02": "Accueils de loisirs extrascolaires",
    "PERI01": "Accueils de loisirs périscolaires",
    "ADO01": "Accueils d'adolescents",
    "LUD01": "Ludothèques",
    "LAEP01": "Lieux d'accueil enfants-parents",
}


def chapter(published: Published) -> Section:
    """What is offered, where, and what is not known of it."""
    return Section(
        "offre",
        "Analyse de l'offre de service existante",
        (
            Section("offre-modes", "Accueil des moins de trois ans", (*_modes(published),)),
            Section("offre-registre", "Services de la convention", (*_registry(published),)),
            Section(
                "offre-enfants",
                "Services rapportés aux enfants",
                (
                    Text("Un nombre de services n'est pas une capacité.", "note"),
                    *(
                        block
                        for indicator, title in KINDS.items()
                        for block in ranked(published, indicator, title, 2)
                    ),
                ),
            ),
            Section("offre-ecoles", "Écoles", (*_schools(published),)),
            Section("offre-activite", "Activité des services", (*_activity(published),)),
        ),
    )


def _modes(published: Published) -> list[Block]:
    frame = published.rows(COVERAGE)
    parts = frame.filter(pl.col("mode").is_in(MODES))
    told: list[Block] = []
    for (place,), rows in parts.group_by("libelle", maintain_order=True):
        title = f"Taux de couverture par mode d'accueil, {place}"
        totals = frame.filter(pl.col("libelle") == place, pl.col("mode") == "ensemble")
        said = [
            f"{number(row['taux_couverture_pct'], 1)} en {row['annee']}"
            for row in totals.to_dicts()
        ]
        told.append(
            Figure(
                title,
                charts.stacked(
                    rows,
                    "annee",
                    "mode",
                    "taux_couverture_pct",
                    "places pour 100 enfants de moins de 3 ans",
                    MODES,
                ),
                f"Total publié par la Cnaf : {', '.join(said)} places pour 100 enfants.",
                by_year(
                    published,
                    "Places théoriques pour 100 enfants de moins de 3 ans",
                    pl.concat([rows, totals]),
                    "mode",
                    "taux_couverture_pct",
                    1,
                ),
                titles(published, cited_in(rows).split(" ; ")),
            )
        )
    references = published.rows(
        "select libelle from referentiel.territoires where niveau = 'référence' "
        "order by territoire_id"
    )["libelle"]
    absent = [name for name in references if name not in frame["libelle"].unique()]
    if absent:
        told.append(
            Text(
                f"Comparaison avec {listed(absent)} : les fichiers de la Cnaf qui sont là ne "
                "décrivent que des communes. Il faut déposer les fichiers départementaux et "
                "nationaux du taux de couverture.",
                "absence",
            )
        )
    return told


def _registry(published: Published) -> list[Block]:
    services = published.rows(SERVICES)
    if services.is_empty():
        return [Text("La convention de ce territoire n'a pas de registre de services.", "absence")]
    wide = services.pivot(on="commune", index="type_service", values="services").fill_null(0)
    communes = wide.columns[1:]
    wide = wide.with_columns(pl.sum_horizontal(communes).alias("ensemble"))
    heads: dict[str, tuple[str, int | None]] = {"type_service": ("Type de service", None)}
    heads |= {name: (name, 0) for name in (*communes, "ensemble")}
    table = grid(published, "Services nommés par les annexes de la convention", wide, heads)
    gaps = published.rows("select count(*) as n from qualite.services_non_places").item()
    known = values(published, "DQ01", ("commune",))
    return [
        table,
        Text(
            f"{number(gaps)} lignes du registre ne sont placées dans aucun district, faute de "
            "preuve. Capacité connue : "
            + " ; ".join(
                f"{row['libelle']}, {number(row['valeur'], 0)} % des EAJE"
                for row in known.to_dicts()
            )
            + ".",
            "note",
        ),
    ]


def _schools(published: Published) -> list[Block]:
    return [
        block
        for part in ("maternelles", "élémentaires")
        for block in ranked(published, "ECO01", f"Écoles {part}", 1, part)
    ]


def _activity(published: Published) -> list[Block]:
    """What the Caf's files would say of occupation, hours and relays, or that they are absent."""
    told: list[Block] = []
    for indicator in ("PE08", "PE09", "RPE01", "ALSH01"):
        frame = values(published, indicator, ("territoire", "commune"))
        known = frame.filter(pl.col("valeur").is_not_null())
        if not known.is_empty():
            heads: dict[str, tuple[str, int | None]] = {
                "libelle": ("Territoire", None),
                "valeur": (known["unite"][0], 1),
                "statut": ("Statut", None),
                "motif": ("Lecture", None),
            }
            told.append(grid(published, str(known["indicateur"][0]), known, heads))
        told += absences(frame)
    return told
