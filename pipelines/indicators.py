"""The catalogue of indicators, read from the documentation of dbt's models.

Each indicator is a model `ind_<id>` with a YAML file beside it: its formula, the source of its
method, its units, the levels that it is expected at and the data sets without which it cannot be.
The same rows say what is expected of a refresh, and are published as `referentiel.indicateurs`.
Where it counts some rows of a file only, `sujets` names them: types of service or of equipment.
Where the value of one place depends on the rows of all the others, `etendue` is « territoire ».
What is projected names in `depart` the indicator that it starts from, whose year its rows are of.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl
from polars._typing import PolarsDataType

from pipelines.project import manifest

TABLE = "observatoire_indicateurs"
SCHEMA: Mapping[str, PolarsDataType] = {
    "indicateur_id": pl.String,
    "rang": pl.Int64,
    "modele": pl.String,
    "libelle": pl.String,
    "formule": pl.String,
    "methode": pl.String,
    "lecture": pl.String,
    "declinaisons": pl.List(pl.String()),
    "unite": pl.String,
    "niveaux": pl.List(pl.String()),
    "jeux": pl.List(pl.String()),
    "limite": pl.String,
    "sujets": pl.List(pl.String()),
    "etendue": pl.String,
    "depart": pl.String,
}


def frame() -> pl.DataFrame:
    """The catalogue: one row for each indicator and unit, the declinations of one unit together."""
    rows = sorted(_rows(manifest()["nodes"]), key=lambda row: row[:2])
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _rows(nodes: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    for node in nodes.values():
        told = node["config"].get("meta", {}).get("indicateur")
        if told is None:
            continue
        for rank, values in enumerate(told["valeurs"], start=1):
            yield (
                told["id"],
                rank,
                node["name"],
                told["libelle"],
                " ".join(told["formule"].split()),
                " ".join(told["methode"].split()),
                " ".join(node["description"].split()),
                values["declinaisons"],
                values["unite"],
                values["niveaux"],
                values["jeux"],
                values.get("limite"),
                values.get("sujets"),
                told.get("etendue"),
                told.get("depart"),
            )
