"""The territory of the convention: communes, districts, and the rule from IRIS to district.

It is data (`territoire.yml` in the convention's folder): another convention is another file. A
district is an Insee *grand quartier*, the first digits of its IRIS. A commune that is an Insee
commune has the districts that Insee gives it; associated communes, which no national file
separates, list theirs.
"""

import re
from collections import Counter
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipelines import documents
from pipelines.contracts.insee import COMMUNE_CODE, LARGE_QUARTER, LARGE_QUARTER_RULE
from pipelines.errors import SourceError
from pipelines.settings import convention_dir

FILE = "territoire.yml"
INSEE_DIGITS = 5

_COLUMNS = {
    "territoire_id": pl.String,
    "libelle": pl.String,
    "niveau": pl.String,
    "commune_id": pl.String,
    "commune_insee": pl.String,
    "prefixe_iris": pl.String,
    "gestionnaire": pl.String,
    "chiffres_district": pl.Int64,
    "debut": pl.Date,
    "fin": pl.Date,
}


class Commune(BaseModel):
    """One commune of the convention; associated communes name the Insee commune they share."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=rf"^{COMMUNE_CODE}(-[A-Z]+)?$")
    libelle: str
    insee: str | None = Field(default=None, pattern=rf"^{COMMUNE_CODE}$")
    gestionnaire: str | None = None
    districts: tuple[str, ...] | None = Field(default=None, min_length=1)

    @property
    def insee_code(self) -> str:
        """The Insee commune that this commune is, or is a part of."""
        return self.insee or self.id[:INSEE_DIGITS]


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

    @model_validator(mode="after")
    def _runs_forward(self) -> "Convention":
        if self.fin <= self.debut:
            raise ValueError(f"la fin, {self.fin}, ne vient pas après le début, {self.debut}")
        return self


class Territory(BaseModel):
    """The whole territory, as its file says it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[0-9A-Z][0-9A-Z-]*$")
    libelle: str
    # That of a grand quartier: an IRIS is never published, a commune is no district.
    chiffres_du_code_district: Literal[7]
    convention: Convention
    communes: tuple[Commune, ...] = Field(min_length=1)
    references: tuple[Reference, ...] = ()
    voisins: tuple[Annotated[str, Field(pattern=rf"^{COMMUNE_CODE}$")], ...] = ()

    @model_validator(mode="after")
    def _holds_together(self) -> "Territory":
        listed = [district for commune in self.communes for district in commune.districts or ()]
        for district in listed:
            if not re.fullmatch(LARGE_QUARTER, district):
                raise ValueError(f"district {district} : {LARGE_QUARTER_RULE} attendu")
        areas = [
            self.id,
            *(commune.id for commune in self.communes),
            *(area.id for area in self.references),
            *listed,
        ]
        if twice := [area for area, times in Counter(areas).items() if times > 1]:
            raise ValueError(
                f"l'identifiant {twice[0]} y est deux fois ; le territoire, ses communes, ses "
                "districts et ses références ont chacun le leur (par exemple CTG-ROUBAIX)"
            )
        own = {commune.insee_code for commune in self.communes}
        times = Counter(self.voisins)
        for neighbour in self.voisins:
            if neighbour in own or times[neighbour] > 1:
                raise ValueError(
                    f"le voisin {neighbour} est du territoire, ou y est deux fois ; les voisins "
                    "sont les communes Insee autour du territoire, chacune une fois"
                )
        labels = Counter(commune.libelle for commune in self.communes)
        if homonyms := [label for label, times in labels.items() if times > 1]:
            raise ValueError(f"deux communes s'appellent {homonyms[0]} : le registre les nomme")
        shared = Counter(commune.insee_code for commune in self.communes)
        for commune in self.communes:
            if shared[commune.insee_code] > 1 and not commune.districts:
                raise ValueError(
                    f"la commune {commune.id} partage la commune Insee {commune.insee_code} : "
                    "elle liste ses districts"
                )
        return self

    @cached_property
    def insee_communes(self) -> tuple[str, ...]:
        """The Insee communes of the territory, in order, each once."""
        return tuple(sorted({commune.insee_code for commune in self.communes}))

    @cached_property
    def areas(self) -> frozenset[str]:
        """The identifiers of the territory and of its communes, associated ones included."""
        return frozenset([self.id, *(commune.id for commune in self.communes)])

    @cached_property
    def labels(self) -> frozenset[str]:
        """What its communes are called."""
        return frozenset(commune.libelle for commune in self.communes)

    def frame(self) -> pl.DataFrame:
        """One row a territory; a district has no label of its own here: Insee gives it.

        The districts of a commune that lists none are those of the reference of IRIS.
        """
        rows: list[dict[str, object]] = [
            {
                "territoire_id": self.id,
                "libelle": self.libelle,
                "niveau": "territoire",
                "chiffres_district": self.chiffres_du_code_district,
                "debut": self.convention.debut,
                "fin": self.convention.fin,
            }
        ]
        rows += [
            {"territoire_id": area.id, "libelle": area.libelle, "niveau": "référence"}
            for area in self.references
        ]
        for commune in self.communes:
            home = {"commune_id": commune.id, "commune_insee": commune.insee_code}
            rows.append(
                {
                    "territoire_id": commune.id,
                    "libelle": commune.libelle,
                    "niveau": "commune",
                    "gestionnaire": commune.gestionnaire,
                    **home,
                }
            )
            rows += [
                {"territoire_id": code, "niveau": "district", "prefixe_iris": code, **home}
                for code in commune.districts or ()
            ]
        return pl.DataFrame(rows, schema=_COLUMNS)

    def around(self) -> pl.DataFrame:
        """One row an Insee commune around the territory."""
        return pl.DataFrame({"commune_insee": self.voisins}, schema={"commune_insee": pl.String})


def load(folder: Path | None = None) -> Territory:
    """The territory file of a convention's folder, checked.

    Raises:
        SourceError: there is no such convention, or its file is absent or not valid.
    """
    folder = folder or convention_dir()
    if not folder.is_dir():
        there = sorted(path.parent.name for path in folder.parent.glob(f"*/{FILE}"))
        raise SourceError(
            f"sources/conventions/{folder.name}",
            "dossier de la convention",
            f"il n'existe pas ; il y a {', '.join(there) or 'aucune convention'}",
            f"nommer l'une d'elles, ou y créer {FILE}",
        )
    path = folder / FILE
    return _read(path, path.stat().st_mtime_ns if path.is_file() else 0)


@cache
def _read(path: Path, _modified_ns: int) -> Territory:
    return documents.load(path, FILE, Territory)
