"""What chapters have in common: values with all that goes with them, as tables and as figures."""

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl
import shapely
from shapely.ops import polylabel

from pipelines.diagnostic import charts
from pipelines.diagnostic.blocks import Block, Column, Figure, Table, Text
from pipelines.diagnostic.french import interval, listed, number
from pipelines.diagnostic.published import Published

VALUES = """
select
    i.indicateur_id, i.declinaison, i.libelle as indicateur, i.territoire_id, t.libelle,
    i.niveau, coalesce(c.libelle, t.libelle) as commune, i.millesime, i.valeur, i.borne_basse,
    i.borne_haute, i.unite, i.completude_pct, i.statut, i.motif, i.sources
from ecart.indicateurs as i
join referentiel.territoires as t using (territoire_id)
left join referentiel.territoires as c on c.territoire_id = t.commune_id
where i.indicateur_id = ? and i.niveau in (select unnest(?))
    and (? is null or i.declinaison = ?)
-- A value of an earlier year stands for a territory only where a later one has none.
qualify row_number() over (
    partition by i.territoire_id, i.declinaison
    order by i.valeur is null, i.millesime desc, i.edition desc
) = 1
order by i.valeur desc nulls last, i.declinaison, t.libelle
"""


def by_year(
    published: Published,
    title: str,
    frame: pl.DataFrame,
    series: str,
    value: str,
    decimals: int = 0,
) -> Table:
    """A table of a year a row, and of a series a column, in the order of the rows.

    Args:
        published: where from.
        title: of the table.
        frame: `annee`, and the columns named.
        series: what a column stands for.
        value: of the cells.
        decimals: of the cells.
    """
    wide = frame.pivot(on=series, index="annee", values=value).with_columns(
        pl.col("annee").cast(pl.String)
    )
    heads: dict[str, tuple[str, int | None]] = {"annee": ("Année", None)}
    return grid(
        published, title, wide, heads | {name: (name, decimals) for name in wide.columns[1:]}
    )


# When the plan `p` has an action: its year, or the first and the last that the document gives.
PLANNED = "coalesce(p.annee || coalesce('–' || p.annee_fin, ''), 'non datée') as annee"
# What the bounds of an indicator are, where they are not quantiles of draws (docs/methode.md).
USUAL_BOUNDS = "intervalle à 90 %"
# Those of people of the census are twice their standard error either way.
CENSUS_BOUNDS = "intervalle à 95 % environ"
BOUNDS = {
    "PE02": "enveloppe, du plancher au plus possible",
    "BES01": "enveloppe, du plancher au plus possible",
    "PRI01": "de la plus basse à la plus haute, une hypothèse tenue à la fois",
    "PE08": "enveloppe, du plus bas au plus haut des taux donnés",
    "PE09": "enveloppe, du plus bas au plus haut des taux donnés",
    "GOV01": "bornes logiques",
    "GOV02": "bornes logiques",
    "GOV04": "bornes logiques",
}


def values(
    published: Published,
    indicator: str,
    levels: Sequence[str] = ("commune", "district"),
    part: str | None = "ensemble",
) -> pl.DataFrame:
    """The last value of an indicator for each territory, from the highest to the lowest.

    Args:
        published: where from.
        indicator: its id in the catalogue.
        levels: of territories.
        part: one `declinaison`, or all of them.
    """
    return published.rows(VALUES, [indicator, list(levels), part, part])


def grid(
    published: Published, title: str, frame: pl.DataFrame, heads: dict[str, tuple[str, int | None]]
) -> Table:
    """A table of the columns named, each with its head and, for figures, its decimals."""
    source = sources(published, frame) if "sources" in frame.columns else ""
    rows = tuple(
        tuple(
            (row[name] or "–") if decimals is None else number(row[name], decimals)
            for name, (_, decimals) in heads.items()
        )
        for row in frame.to_dicts()
    )
    columns = tuple(Column(head, decimals is not None) for head, decimals in heads.values())
    return Table(title, columns, rows, source)


def values_table(
    title: str, frame: pl.DataFrame, decimals: int, source: str = "", about: str = "Territoire"
) -> Table:
    """The values of an indicator with their interval, status and vintage.

    Args:
        title: of the table.
        frame: the values, as `values` gives them.
        decimals: of the written values.
        source: what they come from.
        about: what `libelle` is the name of.
    """
    units = frame["unite"].unique(maintain_order=True).to_list()
    bounds = BOUNDS.get(frame["indicateur_id"][0], USUAL_BOUNDS).capitalize()
    columns = (
        Column(about),
        Column(f"Valeur ({' ; '.join(units)})", is_figure=True),
        Column(bounds, is_figure=True),
        Column("Statut"),
        Column("Millésime", is_figure=True),
    )
    rows = tuple(
        (
            row["libelle"],
            number(row["valeur"], decimals),
            interval(row["borne_basse"], row["borne_haute"], decimals),
            row["statut"],
            str(row["millesime"]),
        )
        for row in frame.to_dicts()
    )
    return Table(title, columns, rows, source)


def ranked(
    published: Published,
    indicator: str,
    title: str,
    decimals: int = 1,
    part: str = "ensemble",
    reference: str = "commune",
) -> list[Block]:
    """An indicator over the districts, as ranked bars; what has no value says why.

    Without districts to rank, what is known of the other level is a table.

    Args:
        published: where from.
        indicator: its id in the catalogue.
        title: of the figure.
        decimals: of the written values.
        part: its `declinaison`.
        reference: the level of the table's other rows.
    """
    frame = values(published, indicator, ("district", reference), part)
    shown = frame.filter(pl.col("niveau") == "district", pl.col("valeur").is_not_null())
    told: list[Block] = []
    if shown.height > 1:
        unit = shown["unite"][0]
        first, last = shown.row(0, named=True), shown.row(-1, named=True)
        told.append(
            Figure(
                title,
                charts.ranked(shown, unit, decimals),
                f"De {number(first['valeur'], decimals)} ({first['libelle']}) à "
                f"{number(last['valeur'], decimals)} ({last['libelle']}), {unit} ; "
                f"{standing(shown)} ; trait : {BOUNDS.get(indicator, USUAL_BOUNDS)}.",
                values_table(title, frame, decimals),
                sources(published, shown),
            )
        )
    elif not (known := frame.drop_nulls("valeur")).is_empty():
        told.append(values_table(title, known, decimals, sources(published, known)))
    if frame.is_empty():
        # The whole territory says why none of its parts has a value.
        frame = values(published, indicator, ("territoire",), part)
    return told + absences(frame)


def standing(frame: pl.DataFrame) -> str:
    """« estimé, 2019 »: the statuses and the vintages of the values; at least one is there."""
    known = frame.filter(pl.col("valeur").is_not_null())
    statuses = known["statut"].unique().sort().to_list()
    years = known["millesime"].unique().sort().cast(pl.String).to_list()
    return f"{listed(statuses)}, {listed(years)}"


def absences(frame: pl.DataFrame) -> list[Block]:
    """Why values are absent: a paragraph a reason, with the territories that it is about."""
    missing = frame.filter(pl.col("valeur").is_null())
    everywhere = frame["territoire_id"].n_unique()
    told: dict[tuple[str, str], list[str]] = {}
    for (name, part, reason), rows in missing.group_by(
        "indicateur", "declinaison", "motif", maintain_order=True
    ):
        what = str(name) if part == "ensemble" else f"{name}, {part}"
        where = rows["libelle"].unique(maintain_order=True).to_list()
        about = "" if len(where) == everywhere else f" : {listed(_some(where))}"
        told.setdefault((about, str(reason)), []).append(what)
    return [
        Text(f"{' ; '.join(names)}{about}. {reason}", "absence")
        for (about, reason), names in told.items()
    ]


def _some(names: list[str], most: int = 6) -> list[str]:
    beyond = len(names) - most
    return names if beyond <= 1 else [*names[:most], f"{beyond} autres territoires"]


def cited_in(frame: pl.DataFrame) -> str:
    """The files that rows cite, once each."""
    cited = dict.fromkeys(
        name for cell in frame["sources"].drop_nulls() for name in cell.split(" ; ")
    )
    return " ; ".join(cited)


def sources(published: Published, frame: pl.DataFrame) -> str:
    """The publications that rows cite, by producer and title."""
    return titles(published, cited_in(frame).split(" ; "))


TITLES = """
select producteur || ' : ' || string_agg(distinct titre, ' ; ' order by titre) as dit
from (
    -- What follows the colon names a part of the same document.
    select producteur, split_part(titre, ' : ', 1) as titre from referentiel.sources
    where source_id in (select unnest(?))
)
group by producteur
order by producteur
"""


def titles(published: Published, files: Iterable[str]) -> str:
    """The publications that the files are, producer by producer; nothing where there is none."""
    said = published.rows(TITLES, [list(files)])["dit"]
    return ". ".join(said) + "." if len(said) else ""


def places(published: Published, levels: Sequence[str]) -> pl.DataFrame:
    """The territories of these levels, in the order of their codes, districts last."""
    return published.rows(
        "select t.territoire_id, t.libelle, t.niveau, c.libelle as commune "
        "from referentiel.territoires as t "
        "left join referentiel.territoires as c on c.territoire_id = t.commune_id "
        "where t.niveau in (select unnest(?)) order by t.niveau = 'district', t.territoire_id",
        [list(levels)],
    )


def outlines(published: Published) -> pl.DataFrame:
    """Districts with their outline, and a point inside it for a label (degrees, WGS84)."""
    frame = published.rows(
        "select district_id, libelle, commune_id, contour_geojson from referentiel.districts "
        "where contour_geojson is not null order by all"
    )
    points = [_middle(shapely.from_geojson(outline)) for outline in frame["contour_geojson"]]
    return frame.with_columns(
        pl.Series("lon", [point.x for point in points], pl.Float64),
        pl.Series("lat", [point.y for point in points], pl.Float64),
    )


def _middle(outline: Any) -> Any:
    """The point of an outline that is the farthest from its edge: a label has the most room."""
    largest = max(shapely.get_parts(outline), key=shapely.area)
    return polylabel(largest, tolerance=1e-4)


def mapped(
    published: Published, indicator: str, title: str, decimals: int = 0, part: str = "ensemble"
) -> list[Block]:
    """A map of an indicator over the districts; a territory without outlines has none."""
    frame = values(published, indicator, ("district",), part)
    if frame["valeur"].is_null().all():
        return []
    land = outlines(published)
    if land.is_empty():
        return [Text(f"Carte, {title} : aucun contour de district dans les sources.", "absence")]
    drawn = land.join(
        frame.select(pl.col("territoire_id").alias("district_id"), "valeur"),
        on="district_id",
        how="left",
    )
    unit = frame["unite"][0]
    highest = listed(frame.filter(pl.col("valeur").is_not_null())["libelle"].head(3).to_list())
    return [
        Figure(
            title,
            charts.choropleth(drawn, unit, decimals),
            f"Carte des districts, {unit} ; les trois valeurs les plus hautes : {highest} ; "
            f"{standing(frame)}.",
            values_table(title, frame, decimals),
            sources(published, frame) + " Contours : IGN et Insee.",
        )
    ]
