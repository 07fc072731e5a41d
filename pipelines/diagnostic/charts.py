"""The charts: each is declared once, and drawn as an image or made to answer the pointer.

Colours are after those of Okabe and Ito (« Color Universal Design », 2008) for what has no order,
the first three made darker or lighter so that they differ in grey too, and cividis (Nuñez, Anderton
and Renslow, 2018) for what has one: both are told apart by colour-blind readers, and cividis keeps
its order in grey. A shape or a label says the same as each colour.

Each channel is given with its class: to find that of a text, altair looks through its schema, which
would take a third of the time of a dossier's composition.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

import altair as alt
import polars as pl
import shapely
import vl_convert as vlc

from pipelines.diagnostic import labels, typeface
from pipelines.diagnostic.french import number

# An image beside which no typeface travels is measured in one that each machine has the width of.
ANYWHERE = "Arial, Liberation Sans, sans-serif"
INK, FAINT, ACCENT = "#1a1a1a", "#767676", "#00508c"
NAMED = ["#00508c", "#b84a00", "#1aa37a", "#b0578d", "#e69f00", "#56b4e9", "#5c5c5c"]
ORDERED = "cividis"
# Narrow: on a telephone an image is as wide as the screen, and its words are still read.
WIDTH = 480
ROW = 19
NAMES = 175

vlc.register_font_directory(str(typeface.FOLDER))

_theme = {
    # The sentence beside an image says what it shows, and a table its figures.
    "aria": False,
    "mark": {"aria": False},
    "font": f"{typeface.FAMILY}, {ANYWHERE}",
    "background": "white",
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK,
        "titleColor": INK,
        "titleFontWeight": "normal",
        "gridColor": "#e4e4e4",
        "domainColor": FAINT,
        "tickColor": FAINT,
        "labelFontSize": 13,
        "titleFontSize": 13,
        "labelLimit": 260,
    },
    "legend": {
        "titleLimit": 500,
        "labelFontSize": 13,
        "titleFontSize": 13,
        "titleFontWeight": "normal",
    },
    "header": {"labelFontSize": 13, "titleFontSize": 13},
}


def spec(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """The Vega-Lite definition of a chart, in the dossier's look."""
    described: dict[str, Any] = chart.to_dict(validate=False)
    return described | {"config": _theme}


def svg(chart: alt.TopLevelMixin, font: str | None = None) -> str:
    """The chart as an image, with French numbers; the same chart gives the same bytes.

    Args:
        chart: what to draw.
        font: the typefaces to measure and draw it in, if not the dossier's.
    """
    described = spec(chart)
    if font:
        described["config"] = described["config"] | {"font": font}
    drawn = vlc.vegalite_to_svg(
        json.dumps(described), format_locale="fr-FR", time_format_locale="fr-FR"
    )
    # A scale's gradient is numbered from one image to the next; an image has one scale.
    return re.sub(r"\bgradient_\d+", "gradient_0", str(drawn))


def _rows(frame: pl.DataFrame) -> alt.InlineData:
    """The rows as one text: altair would walk, copy and check each of their cells."""
    return _text(frame.write_json())


def _shapes(frame: pl.DataFrame, *names: str) -> alt.InlineData:
    """The outlines of a frame as shapes that carry the columns named.

    GeoJSON turns anticlockwise (RFC 7946), d3 clockwise: it would fill all but the shape.
    """
    features = [
        {"type": "Feature", "geometry": json.loads(_clockwise(row["contour_geojson"]))}
        | {name: row[name] for name in names}
        for row in frame.to_dicts()
    ]
    return _text(json.dumps(features))


def _clockwise(outline: str) -> str:
    turned = shapely.orient_polygons(shapely.from_geojson(outline), exterior_cw=True)
    return str(shapely.to_geojson(turned))


def _text(values: str) -> alt.InlineData:
    return alt.InlineData(values=values, format={"type": "json"})


def ranked(frame: pl.DataFrame, unit: str, decimals: int) -> alt.TopLevelMixin:
    """Bars from the highest to the lowest, each with its bounds and its value written beyond them.

    Args:
        frame: `libelle`, `commune`, `valeur`, `borne_basse`, `borne_haute`.
        unit: the title of the axis.
        decimals: of the written values.
    """
    ended = frame.with_columns(
        pl.max_horizontal("valeur", "borne_haute", pl.lit(0.0)).alias("bout"),
        pl.col("valeur")
        .map_elements(lambda value: number(value, decimals), return_dtype=pl.String)
        .alias("ecrit"),
    )
    base = alt.Chart(_rows(ended)).encode(
        y=alt.Y("libelle:N", sort=frame["libelle"].to_list(), title=None)
    )
    tooltip = [
        alt.Tooltip("libelle:N", title="Territoire"),
        alt.Tooltip("valeur:Q", title=unit, format=",.1f"),
        alt.Tooltip("borne_basse:Q", title="de", format=",.1f"),
        alt.Tooltip("borne_haute:Q", title="à", format=",.1f"),
    ]
    communes = frame["commune"].unique(maintain_order=True).sort().to_list()
    bars = base.mark_bar(height=12).encode(
        x=alt.X("valeur:Q", title=unit, axis=alt.Axis(format=",~f", tickCount=6)),
        color=alt.Color(
            "commune:N",
            title=None,
            scale=alt.Scale(domain=communes, range=NAMED[: len(communes)]),
            legend=alt.Legend(orient="top") if len(communes) > 1 else None,
        ),
        tooltip=tooltip,
    )
    # White under black: an interval is seen on its bar as well as beyond it.
    halo = base.mark_rule(strokeWidth=4, color="white", opacity=0.8).encode(
        x=alt.X("borne_basse:Q"), x2=alt.X2("borne_haute:Q")
    )
    whisker = base.mark_rule(strokeWidth=1.5, color=INK).encode(
        x=alt.X("borne_basse:Q"), x2=alt.X2("borne_haute:Q")
    )
    written = base.mark_text(align="left", dx=5, fontSize=12, color=INK).encode(
        x=alt.X("bout:Q"), text=alt.Text("ecrit:N")
    )
    return alt.layer(bars, halo, whisker, written).properties(
        width=WIDTH - NAMES - 35, height=ROW * frame.height
    )


def choropleth(frame: pl.DataFrame, unit: str, decimals: int = 0) -> alt.TopLevelMixin:
    """A map of districts, each with its value written on it.

    Args:
        frame: `libelle`, `valeur`, `contour_geojson`, `lon`, `lat`; a value may be absent.
        unit: the title of the scale.
        decimals: of the written values.
    """
    # The middle of the scale separates dark grounds, written in white, from light ones.
    low, high = frame["valeur"].min(), frame["valeur"].max()
    middle = (float(low) + float(high)) / 2 if low is not None and high is not None else 0.0  # type: ignore[arg-type]
    written = f",.{decimals}f"
    land = alt.Chart(_shapes(frame, "libelle", "valeur")).mark_geoshape(
        stroke="white", strokeWidth=1.5
    )
    shapes = land.encode(
        color=alt.condition(
            "isValid(datum.valeur)",
            alt.Color(
                "valeur:Q",
                title=unit,
                scale=alt.Scale(scheme=ORDERED, reverse=True),
                legend=alt.Legend(orient="bottom", format=written, gradientLength=260),
            ),
            alt.value("#e8e8e8"),
        ),
        tooltip=[
            alt.Tooltip("libelle:N", title="District"),
            alt.Tooltip("valeur:Q", title=unit, format=written),
        ],
    )
    labels = (
        alt.Chart(_rows(frame.select("libelle", "valeur", "lon", "lat")))
        .mark_text(fontSize=12, fontWeight=600)
        .encode(
            longitude=alt.Longitude("lon:Q"),
            latitude=alt.Latitude("lat:Q"),
            text=alt.condition(
                "isValid(datum.valeur)", alt.Text("valeur:Q", format=written), alt.value("?")
            ),
            color=alt.condition(f"datum.valeur > {middle}", alt.value("white"), alt.value(INK)),
        )
    )
    return alt.layer(shapes, labels).project("mercator").properties(width=WIDTH, height=280)


def located(frame: pl.DataFrame, place: str) -> alt.TopLevelMixin:
    """Where a territory stands among the districts.

    Args:
        frame: `district_id`, `commune_id`, `contour_geojson`.
        place: the district or commune to show.
    """
    marked = frame.with_columns(
        ((pl.col("district_id") == place) | (pl.col("commune_id") == place)).alias("ici")
    )
    return (
        alt.Chart(_shapes(marked, "ici"))
        .mark_geoshape(stroke="white", strokeWidth=1)
        .encode(color=alt.condition("datum.ici", alt.value(ACCENT), alt.value("#cfcfcf")))
        .project("mercator")
        .properties(width=170, height=120)
    )


def stacked(
    frame: pl.DataFrame, whole: str, parts: str, value: str, unit: str, order: Sequence[str]
) -> alt.TopLevelMixin:
    """Bars made of their parts, in the order of the rows.

    Args:
        frame: one row a part of a bar.
        whole: the column that names the bar.
        parts: the part's.
        value: its value's.
        unit: the title of the axis.
        order: the parts from the left to the right.
    """
    numbered = frame.with_columns(
        pl.col(parts).replace_strict(list(order), list(range(len(order)))).alias("ordre")
    )
    base = alt.Chart(_rows(numbered)).encode(
        y=alt.Y(f"{whole}:O", title=None, sort=None),
        order=alt.Order("ordre:Q"),
    )
    bars = base.mark_bar(stroke="white", strokeWidth=1).encode(
        x=alt.X(f"{value}:Q", title=unit, stack="zero", axis=alt.Axis(format=",~f", tickCount=7)),
        color=alt.Color(
            f"{parts}:N",
            title=None,
            sort=list(order),
            scale=alt.Scale(domain=list(order), scheme=ORDERED),
            legend=alt.Legend(orient="top", columns=4 if len(order) == 4 else 3, labelLimit=220),
        ),
        tooltip=[
            alt.Tooltip(f"{whole}:O", title=" "),
            alt.Tooltip(f"{parts}:N", title="Part"),
            alt.Tooltip(f"{value}:Q", title=unit, format=",.1f"),
        ],
    )
    # A part wide enough says its value: its colour is then not alone to name it.
    longest = frame.group_by(whole).agg(pl.col(value).sum())[value].max()
    written = base.mark_text(fontSize=11).encode(
        x=alt.X(f"{value}:Q", stack="zero", bandPosition=0.5),
        text=alt.condition(
            f"datum['{value}'] > {float(longest or 0) / 11}",  # type: ignore[arg-type]
            alt.Text(f"{value}:Q", format=",.1f"),
            alt.value(""),
        ),
        color=alt.condition(f"datum.ordre < {len(order) / 2}", alt.value("white"), alt.value(INK)),
    )
    names = frame[whole].unique().cast(pl.String)
    left = NAMES if names.str.len_chars().max() > 4 else 40  # type: ignore[operator]
    return alt.layer(bars, written).properties(width=WIDTH - left, height=(ROW + 2) * names.len())


def lines(
    frame: pl.DataFrame, y: str, series: str, unit: str, *, from_zero: bool = False
) -> alt.TopLevelMixin:
    """Values over the years, a line a series, told apart by colour, dash and mark.

    Args:
        frame: `annee`, and the columns named.
        y: the value.
        series: what a line stands for.
        unit: the title of the axis.
        from_zero: whether the axis starts at zero, as that of a count does.
    """
    names = frame[series].unique(maintain_order=True).to_list()
    base = alt.Chart(_rows(frame)).encode(
        x=alt.X("annee:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap="parity")),
        color=alt.Color(
            f"{series}:N",
            title=None,
            scale=alt.Scale(domain=names, range=NAMED[: len(names)]),
            legend=alt.Legend(orient="top", columns=3, labelLimit=300) if len(names) > 1 else None,
        ),
    )
    dashed = alt.StrokeDash(f"{series}:N", sort=names, legend=None)
    drawn = base.mark_line(strokeWidth=2).encode(
        y=alt.Y(f"{y}:Q", title=unit, scale=alt.Scale(zero=from_zero), axis=alt.Axis(format=",~f")),
        strokeDash=dashed,
    )
    marks = base.mark_point(filled=True, size=45, opacity=1).encode(
        y=alt.Y(f"{y}:Q"),
        shape=alt.Shape(f"{series}:N", sort=names, legend=None),
        tooltip=[
            alt.Tooltip("annee:O", title="Année"),
            alt.Tooltip(f"{series}:N", title=" "),
            alt.Tooltip(f"{y}:Q", title=unit, format=",.1f"),
        ],
    )
    return alt.layer(drawn, marks).properties(width=WIDTH - 45, height=240)


def quadrant(frame: pl.DataFrame, need: str, supply: str) -> alt.TopLevelMixin:
    """Need against supply: what is far right and low has much need and little supply.

    Args:
        frame: `libelle`, `commune`, `besoin`, `offre`, and the bounds of both (`besoin_bas`,
            `besoin_haut`, `offre_bas`, `offre_haut`).
        need: the title of the horizontal axis.
        supply: that of the vertical one.
    """
    width, height, size = 600, 460, 12
    across, up = (_around(frame, name) for name in ("besoin", "offre"))
    placed = labels.placed(
        [
            (
                (row["besoin"] - across[0]) / (across[1] - across[0]) * width,
                (row["offre"] - up[0]) / (up[1] - up[0]) * height,
                typeface.width(row["libelle"], size),
            )
            for row in frame.to_dicts()
        ],
        (width, height),
        size,
    )
    named = frame.with_columns(
        pl.Series("nom_x", [across[0] + x / width * (across[1] - across[0]) for x, _ in placed]),
        pl.Series("nom_y", [up[0] + y / height * (up[1] - up[0]) for _, y in placed]),
    )
    communes = frame["commune"].unique(maintain_order=True).sort().to_list()
    base = alt.Chart(_rows(named))
    x = alt.X(
        "besoin:Q",
        title=need,
        scale=alt.Scale(domain=across, nice=False),
        axis=alt.Axis(format=",~f", grid=False, tickCount=8),
    )
    y = alt.Y(
        "offre:Q",
        title=supply,
        scale=alt.Scale(domain=up, nice=False),
        axis=alt.Axis(format=",~f", grid=False, tickCount=7),
    )
    bounds = {"color": "#c4c4c4", "strokeWidth": 1}
    points = base.mark_point(filled=True, size=80, opacity=1).encode(
        x=x,
        y=y,
        # One legend for both: their scales and titles have to be the same.
        color=alt.Color(
            "commune:N",
            title=None,
            scale=alt.Scale(domain=communes, range=NAMED[: len(communes)]),
            legend=alt.Legend(orient="top"),
        ),
        shape=alt.Shape(
            "commune:N",
            title=None,
            scale=alt.Scale(domain=communes),
            legend=alt.Legend(orient="top"),
        ),
        tooltip=[
            alt.Tooltip("libelle:N", title="District"),
            alt.Tooltip("besoin:Q", title=need, format=",.2f"),
            alt.Tooltip("offre:Q", title=supply, format=",.1f"),
        ],
    )
    text = base.encode(x=alt.X("nom_x:Q"), y=alt.Y("nom_y:Q"), text=alt.Text("libelle:N"))
    middles = alt.Chart(_rows(frame.select(pl.col("besoin", "offre").mean())))
    return alt.layer(
        base.mark_rule(**bounds).encode(
            x=alt.X("besoin_bas:Q"), x2=alt.X2("besoin_haut:Q"), y=alt.Y("offre:Q")
        ),
        base.mark_rule(**bounds).encode(
            x=alt.X("besoin:Q"), y=alt.Y("offre_bas:Q"), y2=alt.Y2("offre_haut:Q")
        ),
        middles.mark_rule(strokeDash=[4, 3], color=FAINT).encode(x=alt.X("besoin:Q")),
        middles.mark_rule(strokeDash=[4, 3], color=FAINT).encode(y=alt.Y("offre:Q")),
        text.mark_text(fontSize=size, stroke="white", strokeWidth=4, opacity=0.85),
        text.mark_text(fontSize=size, color=INK),
        points,
    ).properties(width=width, height=height)


def _around(frame: pl.DataFrame, name: str) -> list[float]:
    """From the lowest bound to the highest, and a little beyond."""
    low, high = float(frame[f"{name}_bas"].min()), float(frame[f"{name}_haut"].max())  # type: ignore[arg-type]
    beyond = 0.04 * (high - low)
    return [low - beyond if low else 0.0, high + beyond]


def profile(frame: pl.DataFrame) -> alt.TopLevelMixin:
    """Where one territory stands among its like, an indicator a row.

    Args:
        frame: `indicateur`, `libelle`, `position` (0 the lowest of all, 1 the highest), `ici`,
            `ecrit` (the value as written).
    """
    base = alt.Chart(_rows(frame)).encode(
        x=alt.X(
            "position:Q",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(
                values=[0, 1],
                labelExpr="datum.value == 0 ? 'le plus bas' : 'le plus haut'",
                title=None,
                grid=False,
                domain=False,
                ticks=False,
            ),
        ),
        y=alt.Y("indicateur:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False)),
    )
    others = base.mark_tick(color="#a8a8a8", thickness=2, height=14).encode(
        tooltip=[alt.Tooltip("libelle:N", title=" "), alt.Tooltip("ecrit:N", title="Valeur")]
    )
    here = base.transform_filter("datum.ici")
    return alt.layer(
        others,
        here.mark_point(filled=True, size=110, color=ACCENT, opacity=1),
        here.mark_text(dy=-12, fontSize=12, fontWeight=600, color=INK).encode(
            text=alt.Text("ecrit:N")
        ),
    ).properties(width=WIDTH - NAMES, height=150)
