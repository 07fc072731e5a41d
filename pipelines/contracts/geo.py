"""Contracts of geography: points of IRIS, outlines of districts, located addresses (WGS84)."""

from pipelines.contracts.base import Contract, amount, code, text
from pipelines.contracts.insee import IRIS_CODE, IRIS_RULE

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

DISTRICT_OUTLINES = Contract(
    fields=(
        code("district_id", r"\d{7}", "district à sept chiffres"),
        text("libelle"),
        code("geometrie", r"\{.*\}", "géométrie GeoJSON"),
    ),
    key=("district_id",),
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
