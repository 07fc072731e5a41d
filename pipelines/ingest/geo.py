"""Geography: a point for each IRIS, an outline for each district, located addresses."""

from pipelines.contracts import geo as contracts
from pipelines.ingest.dataset import EVERYWHERE, Dataset, at_code
from pipelines.ingest.layouts import Features, Table
from pipelines.ingest.scope import by_commune

DATASETS = (
    Dataset(
        "geo_iris",
        "geo_iris",
        Table(),
        contracts.IRIS_POINTS,
        "Point représentatif et surface de chaque IRIS.",
        area=by_commune("iris"),
        beyond=True,
        place=at_code("iris"),
    ),
    Dataset(
        "geo_districts",
        "geo_districts",
        Features(("district_id", "libelle")),
        contracts.DISTRICT_OUTLINES,
        "Contour simplifié de chaque district.",
        kind="geojson",
        area=by_commune("district_id"),
        place=at_code("district_id"),
    ),
    Dataset(
        "geo_adresses",
        "geo_adresses",
        Table(),
        contracts.ADDRESSES,
        "Adresses dont le point est connu, pour placer le registre.",
        place=EVERYWHERE,
    ),
)
