"""What the UI shows of each published table on its page: its first rows, and a small picture.

Read from the published file, after the gate: a cell that is not published is not shown, and a
refresh that fails leaves what was shown of the last one. A table that has a natural picture says so
beside its definition, in dbt's YAML (`meta.apercu`); a new one needs nothing here.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import dagster as dg
import polars as pl
import polars.selectors as cs

from pipelines.diagnostic.charts import ANYWHERE, NAMED, svg
from pipelines.diagnostic.published import Published, opened
from pipelines.dictionary import PUBLISHED_SCHEMAS, Table, tables
from pipelines.naming import OWNERS, table_key
from pipelines.project import manifest

FIRST_ROWS = 10
LONGEST_CELL = 60
NO_ROW = "La table publiée n'a aucune ligne."
# The page cuts what is taller than some 260 pixels, title included.
WIDTH, HEIGHT, STEP = 460, 190, 12
MOST_ROWS = 1000
MARGIN = {"left": 40, "right": 20, "top": 5, "bottom": 5}


@dataclass(frozen=True)
class Picture:
    """A small chart of a table, as its YAML declares it.

    `x`, `y`, `couleur`, the two bounds and `filtre` are SQL of the table; `nom(territoire_id)` is
    the label of a territory. Rows are grouped by what is not a measure, so `count(*)` is one like
    any other. `barres` lie down, the longest first, named by `y`.
    """

    titre: str
    x: str
    y: str
    couleur: str | None = None
    intervalle: tuple[str, str] | None = None
    filtre: str = "true"
    forme: Literal["barres", "courbe"] = "barres"


def pictures() -> dict[str, Picture]:
    """The declared pictures, by the full name of their table."""
    nodes = [*manifest()["nodes"].values(), *manifest()["sources"].values()]
    return {
        f"{node['schema']}.{node.get('alias') or node['name']}": _picture(told)
        for node in nodes
        if node["schema"] in PUBLISHED_SCHEMAS and (told := node["config"]["meta"].get("apercu"))
    }


def _picture(told: dict[str, Any]) -> Picture:
    """What YAML says: its folded texts end with a line break."""
    bounds = told.get("intervalle")
    texts: dict[str, Any] = {
        name: text.strip() for name, text in told.items() if isinstance(text, str)
    }
    return Picture(**texts, intervalle=tuple(bounds) if bounds else None)


def first_rows(published: Published, table: Table) -> dg.TableMetadataValue:
    """The first rows of a table, in French figures, and the definition of each column."""
    # A table is kept in order; a view is in none.
    order = "order by all" if table.kind == "view" else ""
    frame = published.rows(f"from {table.full_name} {order} limit {FIRST_ROWS}")
    return dg.MetadataValue.table(
        records=[
            dg.TableRecord({name: shown(value) for name, value in row.items()})
            for row in frame.to_dicts()
        ],
        schema=dg.TableSchema(
            [
                dg.TableColumn(column.name, column.data_type, column.definition)
                for column in table.columns
            ]
        ),
    )


def shown(value: Any) -> str:
    """A cell as it is read in French; a long text is cut, what is not known is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, float):
        return f"{value:.1f}".replace(".", ",").removesuffix(",0")
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    text = str(value)
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"


def data(published: Published, table: str, picture: Picture) -> pl.DataFrame:
    """What a picture shows: `x`, `y`, and `couleur`, `de` and `a` where it has them."""
    measures = {"x": picture.x, "y": picture.y}
    if picture.couleur:
        measures["couleur"] = picture.couleur
    if picture.intervalle:
        measures |= dict(zip(("de", "a"), picture.intervalle, strict=True))
    columns = ", ".join(f"{sql} as {name}" for name, sql in measures.items())
    published.connection.execute(
        "create temp macro if not exists nom(id) as "
        "(select any_value(libelle) from referentiel.territoires where territoire_id = id)"
    )
    frame = published.rows(
        f"select {columns} from {table} where {picture.filtre} group by all order by all"
    )
    return frame.cast({cs.decimal(): pl.Float64})


def drawn(frame: pl.DataFrame, picture: Picture) -> str:
    """The picture of some rows, as SVG."""
    base = alt.Chart(frame)
    colour: dict[str, Any] = {}
    if picture.couleur:
        colour["color"] = alt.Color("couleur:N", title=None, scale=alt.Scale(range=NAMED))
    if picture.forme == "courbe":
        if picture.couleur:
            colour["strokeDash"] = alt.StrokeDash("couleur:N", title=None)
        x = alt.X("x:Q", title=None, axis=alt.Axis(format="d"), scale=alt.Scale(zero=False))
        y = alt.Y("y:Q", title=None)
        layers = [base.mark_line(color=NAMED[0]).encode(x=x, y=y, **colour)]
    else:
        x, y = alt.X("x:Q", title=None), alt.Y("y:N", title=None, sort="-x")
        layers = [base.mark_bar(color=NAMED[0]).encode(x=x, y=y, **colour)]
        if picture.intervalle:
            layers.append(
                base.mark_rule(color="black").encode(x=alt.X("de:Q"), x2=alt.X2("a:Q"), y=y)
            )
    height = HEIGHT if picture.forme == "courbe" else alt.Step(STEP)
    # A reader's typeface may be wider than the one that names are measured with.
    chart = alt.layer(*layers).properties(width=WIDTH, height=height, padding=MARGIN)
    return svg(chart, ANYWHERE)


def figure(published: Published, table: str, picture: Picture) -> str | None:
    """The picture in Markdown, without a file beside it; nothing if no row is to be shown, or more
    than are read in a small chart.
    """
    frame = data(published, table, picture)
    if frame.is_empty() or frame.height > MOST_ROWS:
        return None
    image = base64.b64encode(drawn(frame, picture).encode()).decode()
    return f"**{picture.titre}**\n\n![{picture.titre}](data:image/svg+xml;base64,{image})"


def observations(published: Published) -> Iterator[dg.AssetObservation]:
    """What each published table's page is told."""
    declared = pictures()
    for table in tables():
        picture = declared.get(table.full_name)
        drawing = figure(published, table.full_name, picture) if picture else None
        rows = first_rows(published, table)
        said = "Premières lignes de la table publiée." if rows.records else NO_ROW
        yield dg.AssetObservation(
            table_key(table.full_name),
            description=drawing or said,
            metadata={"premieres_lignes": rows},
        )


def asset() -> dg.AssetsDefinition:
    """What tells the pages of the published tables, once they are published."""

    @dg.asset(
        key=["publication", "apercus"],
        deps=[["publication", "observatoire"]],
        description="Les premières lignes et la figure de chaque table publiée, montrées dans "
        "cette interface : sur la page de la table, onglet Events.",
        group_name="publication",
        kinds={"duckdb"},
        owners=OWNERS,
    )
    def show(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        pictured = 0
        with opened() as published:
            for observation in observations(published):
                context.log_event(observation)
                pictured += "![" in (observation.description or "")
        context.log.info(f"aperçus : {len(tables())} tables, {pictured} figures")
        return dg.MaterializeResult(metadata={"tables": len(tables()), "figures": pictured})

    return show
