"""The charts: each is declared once, and drawn as an image or made to answer the pointer.

Colours are those of Okabe and Ito (« Color Universal Design », 2008) for what has no order, and
cividis (Nuñez, Anderton and Renslow, 2018) for what has one: both are told apart by colour-blind
readers, and cividis keeps its order in grey. A shape or a label says the same as each colour.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

import altair as alt
import polars as pl
import shapely
import vl_convert as vlc

FONT = "Source Sans Pro, Segoe UI, Liberation Sans, Arial, sans-serif"
INK, FAINT, ACCENT = "#1a1a1a", "#767676", "#00508c"
NAMED = ["#00508c", "#d55e00", "#009e73", "#b0578d", "#e69f00", "#56b4e9", "#5c5c5c"]
ORDERED = "cividis"
WIDTH = 620
ROW = 22

_theme = {
    # The sentence beside an image says what it shows, and a table its figures.
    "aria": False,
    "font": FONT,
    "background": "white",
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK,
        "titleColor": INK,
        "titleFontWeight": "normal",
        "gridColor": "#e4e4e4",
        "domainColor": FAINT,
        "tickColor": FAINT,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "labelLimit": 260,
    },
    "legend": {
        "titleLimit": 500,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    },
    "header": {"labelFontSize": 12, "titleFontSize": 12},
}


def spec(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """The Vega-Lite definition of a chart, in the dossier's look."""
    described: dict[str, Any] = chart.to_dict(validate=False)
    return described | {"config": _theme}


def svg(chart: alt.TopLevelMixin) -> str:
    """The chart as an image, with French numbers; the same chart gives the same bytes."""
    drawn = vlc.vegalite_to_svg(
        json.dumps(spec(chart)), format_locale="fr-FR", time_format_locale="fr-FR"
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


def ranked(frame: pl.DataFrame, unit: str) -> alt.TopLevelMixin:
    """Bars from the highest to the lowest, each with its bounds.

    Args:
        frame: `libelle`, `commune`, `valeur`, `borne_basse`, `borne_haute`.
        unit: the title of the axis.
    """
    base = alt.Chart(_rows(frame)).encode(
        y=alt.Y("libelle:N", sort=frame["libelle"].to_list(), title=None)
    )
    tooltip = [
        alt.Tooltip("libelle:N", title="Territoire"),
        alt.Tooltip("valeur:Q", title=unit, format=",.1f"),
        alt.Tooltip("borne_basse:Q", title="de", format=",.1f"),
        alt.Tooltip("borne_haute:Q", title="à", format=",.1f"),
    ]
    communes = frame["commune"].unique(maintain_order=True).sort().to_list()
    bars = base.mark_bar(height=13).encode(
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
        x="borne_basse:Q", x2="borne_haute:Q"
    )
    whisker = base.mark_rule(strokeWidth=1.5, color=INK).encode(
        x="borne_basse:Q", x2="borne_haute:Q"
    )
    return alt.layer(bars, halo, whisker).properties(width=WIDTH - 210, height=ROW * frame.height)


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
                legend=alt.Legend(orient="bottom", format=written, gradientLength=280),
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
            longitude="lon:Q",
            latitude="lat:Q",
            text=alt.condition(
                "isValid(datum.valeur)", alt.Text("valeur:Q", format=written), alt.value("?")
            ),
            color=alt.condition(f"datum.valeur > {middle}", alt.value("white"), alt.value(INK)),
        )
    )
    return alt.layer(shapes, labels).project("mercator").properties(width=WIDTH, height=420)


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
        x=alt.X(f"{value}:Q", title=unit, stack="zero", axis=alt.Axis(format=",~f")),
        order=alt.Order("ordre:Q"),
        tooltip=[
            alt.Tooltip(f"{whole}:O", title=" "),
            alt.Tooltip(f"{parts}:N", title="Part"),
            alt.Tooltip(f"{value}:Q", title=unit, format=",.1f"),
        ],
    )
    bars = base.mark_bar(stroke="white", strokeWidth=1).encode(
        color=alt.Color(
            f"{parts}:N",
            title=None,
            sort=list(order),
            scale=alt.Scale(domain=list(order), scheme=ORDERED),
            legend=alt.Legend(orient="top", columns=3, labelLimit=220),
        )
    )
    height = 28 * frame[whole].n_unique()
    return bars.properties(width=WIDTH - 210, height=height)


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
        x=alt.X("annee:O", title=None, axis=alt.Axis(labelAngle=0)),
        color=alt.Color(
            f"{series}:N",
            title=None,
            scale=alt.Scale(domain=names, range=NAMED[: len(names)]),
            legend=alt.Legend(orient="top", columns=2, labelLimit=300) if len(names) > 1 else None,
        ),
    )
    dashed = alt.StrokeDash(f"{series}:N", sort=names, legend=None)
    drawn = base.mark_line(strokeWidth=2).encode(
        y=alt.Y(f"{y}:Q", title=unit, scale=alt.Scale(zero=from_zero), axis=alt.Axis(format=",~f")),
        strokeDash=dashed,
    )
    marks = base.mark_point(filled=True, size=45, opacity=1).encode(
        y=f"{y}:Q",
        shape=alt.Shape(f"{series}:N", sort=names, legend=None),
        tooltip=[
            alt.Tooltip("annee:O", title="Année"),
            alt.Tooltip(f"{series}:N", title=" "),
            alt.Tooltip(f"{y}:Q", title=unit, format=",.1f"),
        ],
    )
    return alt.layer(drawn, marks).properties(width=WIDTH - 60, height=280)


def quadrant(frame: pl.DataFrame, need: str, supply: str) -> alt.TopLevelMixin:
    """Need against supply: what is far right and low has much need and little supply.

    Args:
        frame: `libelle`, `commune`, `besoin`, `offre`.
        need: the title of the horizontal axis.
        supply: that of the vertical one.
    """
    communes = frame["commune"].unique(maintain_order=True).sort().to_list()
    base = alt.Chart(_rows(frame)).encode(
        x=alt.X("besoin:Q", title=need, axis=alt.Axis(format=",~f", grid=False)),
        y=alt.Y("offre:Q", title=supply, axis=alt.Axis(format=",~f", grid=False)),
    )
    points = base.mark_point(filled=True, size=90, opacity=1).encode(
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
    names = base.mark_text(align="left", dx=8, fontSize=11, color=INK).encode(text="libelle:N")
    middles = alt.Chart(_rows(frame.select(pl.col("besoin", "offre").mean())))
    return alt.layer(
        middles.mark_rule(strokeDash=[4, 3], color=FAINT).encode(x="besoin:Q"),
        middles.mark_rule(strokeDash=[4, 3], color=FAINT).encode(y="offre:Q"),
        points,
        names,
    ).properties(width=WIDTH - 70, height=440)


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
        here.mark_text(dy=-12, fontSize=11, fontWeight=600, color=INK).encode(text="ecrit:N"),
    ).properties(width=330, height=150)
