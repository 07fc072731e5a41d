"""The ministry of education's files: schools."""

from dataclasses import replace

import polars as pl

from pipelines.contracts import education as contracts
from pipelines.ingest.dataset import Dataset, at_code
from pipelines.ingest.layouts import Reading, Table
from pipelines.ingest.scope import by_commune


def _listed_once(reading: Reading) -> Reading:
    """One row for a school that the directory lists twice, under two names: the first.

    At two points, it stays twice, and the contract refuses it: nothing says where it stands.
    """
    heading = contracts.SCHOOLS.heading(reading.frame.columns, None)
    place = [heading[name] for name in ("numero_uai", "longitude", "latitude") if name in heading]
    if len(place) < 3:
        return reading
    first = reading.frame.select(pl.struct(place).is_first_distinct()).to_series()
    return replace(reading, frame=reading.frame.filter(first), lines=reading.lines.filter(first))


DATASETS = (
    Dataset(
        "education_etablissements",
        "education_etablissements",
        Table(),
        contracts.SCHOOLS,
        "Établissements d'enseignement des premier et second degrés, avec leur point.",
        area=by_commune("code_commune"),
        place=at_code("code_commune"),
        derive=_listed_once,
        # Its portal writes names in small letters or, with labels, as titles.
        institutional=("telephone", "fax", "mail", "Telephone", "Fax", "Mail"),
    ),
)
