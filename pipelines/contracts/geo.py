"""Contracts of geography: points of IRIS, outlines of districts, located addresses (WGS84)."""

import numpy as np
import polars as pl
import shapely

from pipelines.contracts.base import Contract, amount, code, row_rule, text
from pipelines.contracts.insee import IRIS_CODE, IRIS_RULE, LARGE_QUARTER, LARGE_QUARTER_RULE

# West, south, east and north of the metropolis and Corsica, of the Antilles, of Guyane, of La
# Réunion, of Mayotte. A longitude in the place of a latitude is in none of them.
_FRANCE = (
    (-5.2, 41.3, 9.6, 51.1),
    (-63.2, 14.3, -60.8, 18.2),
    (-54.7, 2.1, -51.5, 5.9),
    (55.2, -21.5, 55.9, -20.8),
    (44.9, -13.1, 45.4, -12.6),
)

IN_FRANCE = row_rule(
    "le point est en France : longitude, puis latitude, en degrés WGS84",
    pl.any_horizontal(
        pl.col("lon").is_between(west, east) & pl.col("lat").is_between(south, north)
        for west, south, east, north in _FRANCE
    ).fill_null(True),
)

IRIS_POINTS = Contract(
    fields=(
        code("IRIS", IRIS_CODE, IRIS_RULE),
        text("LIB_IRIS"),
        amount("lon", minimum=-180, maximum=180),
        amount("lat", minimum=-90, maximum=90),
        amount("surface_km2"),
    ),
    key=("IRIS",),
)


def _are_outlines(geometries: pl.Series) -> pl.Series:
    """Whether each geometry is a polygon, or several, that does not cross itself, in degrees."""
    shapes = shapely.from_geojson(geometries.to_list(), on_invalid="ignore")
    areas = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
    inside = shapely.box(-180, -90, 180, 90)
    return pl.Series(
        shapely.is_valid(shapes)
        & ~shapely.is_empty(shapes)
        & np.isin(shapely.get_type_id(shapes), areas)
        & shapely.covered_by(shapes, inside),
        dtype=pl.Boolean,
    )


DISTRICT_OUTLINES = Contract(
    fields=(
        code("district_id", LARGE_QUARTER, LARGE_QUARTER_RULE),
        text("libelle"),
        code("geometrie", r"\{.*\}", "géométrie GeoJSON"),
    ),
    key=("district_id",),
    rules=(
        row_rule(
            "contour d'un seul tenant ou de plusieurs, sans croisement, en degrés WGS84",
            pl.col("geometrie").map_batches(_are_outlines, return_dtype=pl.Boolean),
        ),
    ),
)

# No key: two establishments at one address are two rows.
ADDRESSES = Contract(
    fields=(
        text("adresse"),
        amount("lon", minimum=-180, maximum=180),
        amount("lat", minimum=-90, maximum=90),
        text("source"),
    ),
    key=(),
    may_be_empty=True,
)
