"""The territory of the convention: communes, districts, and the rule from IRIS to district.

It is data (`sources/territoire.yml`): another convention is another file. A district is an Insee
*grand quartier*, the first digits of its IRIS; a commune is a list of districts, because no
national file separates associated communes.
"""

from datetime import date
from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipelines import documents
from pipelines.settings import sources_dir


class Commune(BaseModel):
    """One commune of the convention, as a list of districts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^\d{5}(-[A-Z]+)?$")
    libelle: str
    gestionnaire: str
    districts: tuple[str, ...] = Field(min_length=1)


class Reference(BaseModel):
    """An area that the territory is compared with, where a source publishes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    libelle: str


class Convention(BaseModel):
    """The dates between which the convention runs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    titre: str
    debut: date
    fin: date


class Territory(BaseModel):
    """The whole territory, as its file says it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^\d{5}$")
    libelle: str
    chiffres_du_code_district: int = Field(ge=5, le=9)
    convention: Convention
    communes: tuple[Commune, ...] = Field(min_length=1)
    references: tuple[Reference, ...] = ()

    @model_validator(mode="after")
    def _districts_are_the_first_digits_of_their_iris(self) -> "Territory":
        size = self.chiffres_du_code_district
        for commune in self.communes:
            for district in commune.districts:
                if not (district.isdigit() and len(district) == size):
                    raise ValueError(f"district {district} : {size} chiffres attendus")
        return self

    def frame(self) -> pl.DataFrame:
        """One row a territory; a district has no label of its own here: Insee gives it."""
        names = ("territoire_id", "libelle", "niveau", "commune_id", "prefixe_iris", "gestionnaire")
        rows: list[tuple[str | None, ...]] = [
            (self.id, self.libelle, "territoire", None, self.id, None),
            *((area.id, area.libelle, "référence", None, None, None) for area in self.references),
        ]
        for commune in self.communes:
            rows.append(
                (commune.id, commune.libelle, "commune", commune.id, None, commune.gestionnaire)
            )
            rows += [
                (district, None, "district", commune.id, district, None)
                for district in commune.districts
            ]
        return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def load(root: Path | None = None) -> Territory:
    """The territory file, checked.

    Raises:
        SourceError: the file is absent or not valid.
    """
    path = (root or sources_dir()) / "territoire.yml"
    return documents.load(path, path.name, Territory)
