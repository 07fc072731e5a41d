"""The table of contents of what comes in: every data set, publisher by publisher."""

from pipelines.ingest import caf, convention, education, geo, insee
from pipelines.ingest.dataset import Dataset

DATASETS: tuple[Dataset, ...] = (
    *insee.DATASETS,
    *caf.DATASETS,
    *convention.DATASETS,
    *education.DATASETS,
    *geo.DATASETS,
)
