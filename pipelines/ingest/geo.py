"""Geography: a point for each IRIS, an outline for each district."""

from pipelines.contracts import geo as contracts
from pipelines.ingest.dataset import Dataset
from pipelines.ingest.layouts import delimited, feature_collection

DATASETS = (
    Dataset(
        "geo_iris",
        "geo_iris",
        delimited(),
        contracts.IRIS_POINTS,
        "Point représentatif et surface de chaque IRIS.",
    ),
    Dataset(
        "geo_districts",
        "geo_districts",
        feature_collection("district_id", "libelle"),
        contracts.DISTRICT_OUTLINES,
        "Contour simplifié de chaque district.",
        kind="geojson",
    ),
)
