"""Styles as QGIS writes them (QML): areas by class with their names, points by type, outlines.

Ordered classes take five steps of cividis (Nuñez, Anderton and Renslow, 2018), whose lightness
grows for all readers and in grey; types take the colours of Okabe and Ito (2008), each with a shape
of its own.
"""

from collections.abc import Mapping
from itertools import pairwise
from xml.etree import ElementTree as ET

import polars as pl

from pipelines.diagnostic.french import interval

ORDERED = ("0,34,78", "65,77,107", "125,124,120", "188,175,111", "254,232,56")
NAMED = ("0,80,140", "213,94,0", "0,158,115", "176,87,141", "230,159,0", "86,180,233", "92,92,92")
SHAPES = (
    "circle",
    "square",
    "triangle",
    "diamond",
    "star",
    "pentagon",
    "hexagon",
    "cross_fill",
)
WHITE, INK = "255,255,255,255", "26,26,26,255"
POLYGON, POINT = "2", "0"


def graduated(column: str, unit: str, values: pl.Series, titles: Mapping[str, str]) -> str:
    """Areas in classes of as many values each; one class while there is nothing to sort."""
    root = _root(POLYGON, titles, "territoire")
    renderer = _renderer(root, "graduatedSymbol", column, graduatedMethod="GraduatedColor")
    ranges = ET.SubElement(renderer, "ranges")
    symbols = ET.SubElement(renderer, "symbols")
    limits = _limits(values)
    for place, (low, high) in enumerate(pairwise(limits)):
        ET.SubElement(
            ranges,
            "range",
            # Whole: QGIS does not draw an area whose value a rounded bound leaves out.
            lower=repr(low),
            upper=repr(high),
            symbol=str(place),
            label=f"{interval(low, high, 1)} {unit}",
            render="true",
        )
        colour = ORDERED[place * (len(ORDERED) - 1) // max(len(limits) - 2, 1)]
        _area(symbols, str(place), f"{colour},255", "solid")
    ET.SubElement(renderer, "classificationMethod", id="Quantile")
    _names(root, "territoire")
    return _written(root)


def outline(titles: Mapping[str, str]) -> str:
    """Areas that show what is under them, with a thick edge; the layer under it has the names."""
    root = _root(POLYGON, titles, "territoire")
    symbols = ET.SubElement(_renderer(root, "singleSymbol"), "symbols")
    _area(symbols, "0", WHITE, "no", width="0.9")
    return _written(root)


def categorised(column: str, values: pl.Series, titles: Mapping[str, str], name: str) -> str:
    """Points with a colour and a shape for each value; `name` is the column that names a point."""
    root = _root(POINT, titles, name)
    renderer = _renderer(root, "categorizedSymbol", column)
    categories = ET.SubElement(renderer, "categories")
    symbols = ET.SubElement(renderer, "symbols")
    for place, value in enumerate(values.drop_nulls().unique().sort()):
        ET.SubElement(
            categories,
            "category",
            type="string",
            value=value,
            label=value,
            symbol=str(place),
            render="true",
        )
        _symbol(
            symbols,
            str(place),
            "marker",
            "SimpleMarker",
            {
                "color": f"{NAMED[place % len(NAMED)]},255",
                "name": SHAPES[place % len(SHAPES)],
                "outline_color": WHITE,
                "outline_width": "0.2",
                "size": "3",
                "size_unit": "MM",
            },
        )
    return _written(root)


def _limits(values: pl.Series) -> list[float]:
    """The bounds of the classes, from the lowest value to the highest, each once."""
    known = values.drop_nulls()
    if known.is_empty():
        return []
    steps = [place / len(ORDERED) for place in range(len(ORDERED) + 1)]
    found = [known.quantile(step, "linear") for step in steps]
    limits = sorted({value for value in found if value is not None})
    return limits if len(limits) > 1 else limits * 2


def _root(geometry: str, titles: Mapping[str, str], name: str) -> ET.Element:
    """What every style says: the titles of the columns, and which of them names a row.

    The titles are in the file too, for other readers; QGIS takes those only from GDAL 3.7 on.
    """
    root = ET.Element(
        "qgis", version="3.28.0", styleCategories="Symbology|Labeling|Fields", labelsEnabled="0"
    )
    aliases = ET.SubElement(root, "aliases")
    for place, (column, title) in enumerate(titles.items(), start=1):
        ET.SubElement(aliases, "alias", index=str(place), field=column, name=title)
    ET.SubElement(root, "previewExpression").text = f'"{name}"'
    ET.SubElement(root, "layerGeometryType").text = geometry
    return root


def _renderer(root: ET.Element, kind: str, column: str = "", **more: str) -> ET.Element:
    told = {"type": kind, "forceraster": "0", "symbollevels": "0", "enableorderby": "0", **more}
    return ET.SubElement(root, "renderer-v2", told | ({"attr": column} if column else {}))


def _area(symbols: ET.Element, name: str, colour: str, fill: str, width: str = "0.3") -> None:
    _symbol(
        symbols,
        name,
        "fill",
        "SimpleFill",
        {
            "color": colour,
            "outline_color": INK if fill == "no" else WHITE,
            "outline_style": "solid",
            "outline_width": width,
            "outline_width_unit": "MM",
            "style": fill,
        },
    )


def _symbol(symbols: ET.Element, name: str, kind: str, drawn: str, options: dict[str, str]) -> None:
    symbol = ET.SubElement(
        symbols, "symbol", name=name, type=kind, alpha="1", clip_to_extent="1", force_rhr="0"
    )
    layer = ET.SubElement(
        symbol, "layer", {"class": drawn, "enabled": "1", "locked": "0", "pass": "0"}
    )
    _options(layer, options)


def _options(parent: ET.Element, options: dict[str, str]) -> None:
    held = ET.SubElement(parent, "Option", type="Map")
    for name, value in options.items():
        ET.SubElement(held, "Option", name=name, value=value, type="QString")


def _names(root: ET.Element, column: str) -> None:
    """The value of a column, written on each area with a white edge."""
    root.set("labelsEnabled", "1")
    settings = ET.SubElement(ET.SubElement(root, "labeling", type="simple"), "settings")
    style = ET.SubElement(
        settings,
        "text-style",
        fieldName=column,
        isExpression="0",
        fontSize="9",
        fontSizeUnit="Point",
        textColor=INK,
        textOpacity="1",
        multilineHeight="1",
    )
    ET.SubElement(
        style,
        "text-buffer",
        bufferDraw="1",
        bufferSize="1",
        bufferSizeUnits="MM",
        bufferColor=WHITE,
        bufferOpacity="1",
    )
    ET.SubElement(settings, "text-format", wrapChar="", autoWrapLength="16")
    ET.SubElement(settings, "placement", placement="4")
    ET.SubElement(settings, "rendering", drawLabels="1", displayAll="1")


def _written(root: ET.Element) -> str:
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + ET.tostring(
        root, encoding="unicode"
    )
