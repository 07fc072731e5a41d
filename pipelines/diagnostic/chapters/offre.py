"""Chapter 2, « analyse de l'offre de service existante »: places by mode, services, schools."""

from typing import Any

import polars as pl

from pipelines.diagnostic import charts
from pipelines.diagnostic.blocks import Block, Figure, Section, Table, Text
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
select t.territoire_id, t.libelle, t.niveau, p.perimetre, p.annee, p.mode, p.places,
    p.taux_couverture_pct, p.sources
from offre.places_cnaf as p
join referentiel.territoires as t using (territoire_id)
-- An edition that is revised stands in its place: both would be stacked.
qualify row_number() over (
    partition by t.territoire_id, p.annee, p.mode
    order by p.taux_couverture_pct is null, p.edition desc
) = 1
order by t.niveau = 'référence', t.niveau, t.territoire_id, p.annee, p.mode
"""
# What gives the rates of what the territory is compared with: France, or a département.
NATIONAL, DEPARTMENTAL = "txcouv_pe_nat.csv", "txcouv_pe_dep.csv"
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
    own = frame.filter(pl.col("niveau") != "référence")
    told: list[Block] = []
    for (place,), rows in own.group_by("libelle", maintain_order=True):
        parts = rows.filter(pl.col("mode").is_in(MODES))
        totals = rows.filter(pl.col("mode") == "ensemble")
        said = [
            f"{number(row['taux_couverture_pct'], 1)} en {row['annee']}"
            for row in totals.to_dicts()
        ]
        table = by_year(
            published,
            "Places théoriques pour 100 enfants de moins de 3 ans",
            pl.concat([parts, totals]),
            "mode",
            "taux_couverture_pct",
            1,
        )
        title = f"Taux de couverture par mode d'accueil, {place}"
        told.append(_stacked(published, title, parts, "annee", ", ".join(said), table))
    return told + _compared(published, frame)


def _stacked(
    published: Published, title: str, parts: pl.DataFrame, bar: str, totals: str, table: Table
) -> Figure:
    """The modes of care, a bar a value of the column `bar`."""
    chart = charts.stacked(
        parts,
        bar,
        "mode",
        "taux_couverture_pct",
        "places pour 100 enfants de moins de 3 ans",
        MODES,
    )
    sentence = f"Total publié par la Cnaf : {totals} places pour 100 enfants."
    return Figure(title, chart, sentence, table, titles(published, cited_in(parts).split(" ; ")))


def _compared(published: Published, frame: pl.DataFrame) -> list[Block]:
    """The territory beside its references, in the last year that most of them share with it.

    What is not there is told once, with the files that would give it.
    """
    known = frame.filter(pl.col("taux_couverture_pct").is_not_null())
    reference = pl.col("niveau") == "référence"
    years = (
        known.filter(reference)
        .join(known.filter(~reference), on="annee", how="semi")
        .group_by("annee")
        .agg(pl.col("libelle").n_unique().alias("references"))
        .sort("references", "annee")["annee"]
    )
    shown = known.filter(annee=years[-1]) if len(years) else known.clear()
    told: list[Block] = []
    if not shown.is_empty():
        parts = shown.filter(pl.col("mode").is_in(MODES))
        totals = shown.filter(pl.col("mode") == "ensemble")
        wide = pl.concat([parts, totals]).pivot(
            on="mode", index="libelle", values="taux_couverture_pct"
        )
        heads: dict[str, tuple[str, int | None]] = {"libelle": ("Territoire", None)}
        heads |= {name: (name, 1) for name in wide.columns[1:]}
        title = f"Taux de couverture par mode d'accueil, comparé, {years[-1]}"
        said = " ; ".join(_with_perimeter(row) for row in totals.to_dicts())
        table = grid(published, "Places théoriques pour 100 enfants", wide, heads)
        told.append(_stacked(published, title, parts, "libelle", said, table))
    references = published.rows(
        "select territoire_id, libelle from referentiel.territoires where niveau = 'référence' "
        "order by territoire_id"
    )
    absent = references.join(shown, on="territoire_id", how="anti", maintain_order="left")
    if not absent.is_empty():
        files = {NATIONAL if area == "F" else DEPARTMENTAL for area in absent["territoire_id"]}
        told.append(
            Text(
                f"Comparaison avec {listed(absent['libelle'].to_list())} : il faut déposer les "
                f"taux de couverture que publie la Cnaf (data.caf.fr), {listed(sorted(files))}, "
                "d'une année où le territoire a les siens.",
                "absence",
            )
        )
    return told


def _with_perimeter(row: dict[str, Any]) -> str:
    """« France (FRANCE ENTIERE HORS MAYOTTE) 59,8 »: what is counted, if it is not the name."""
    perimeter = row["perimetre"]
    named = perimeter is None or perimeter.casefold() == row["libelle"].casefold()
    return (
        f"{row['libelle']}{'' if named else f' ({perimeter})'} "
        f"{number(row['taux_couverture_pct'], 1)}"
    )


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
        *(
            block
            for part in ("maternelles", "élémentaires")
            for block in ranked(published, "ECO01", f"Écoles {part}", 1, part)
        ),
        *(
            Text(reason, "note")
            for reason in values(published, "ECO01", part=None)
            .drop_nulls("valeur")["motif"]
            .unique()
            .sort()
        ),
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
