"""The catalogue: every file under `sources/`, with the sidecar that says what it is.

A sidecar (`<file>.fiche.yml`) names the publisher, the vintage, the licence, what the extract
keeps, its fingerprint and the figures that the publisher gives elsewhere and that the file must
reproduce. A file without a sidecar is not a source.
"""

import hashlib
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipelines import documents
from pipelines.errors import SourceError
from pipelines.settings import sources_dir

SUFFIX = ".fiche.yml"


class CheckFigure(BaseModel):
    """A figure that the publisher gives elsewhere: the file must come to it, or it is not taken."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    feuille: str | None = None
    colonne: str | None
    ou: dict[str, str] = Field(default_factory=dict)
    mesure: Literal["somme", "lignes"]
    attendu: float
    tolerance: float = Field(ge=0)
    origine: str = Field(min_length=3)

    @model_validator(mode="after")
    def _a_sum_has_a_column(self) -> "CheckFigure":
        if self.mesure == "somme" and not self.colonne:
            raise ValueError("une somme nomme sa colonne")
        return self


class Fiche(BaseModel):
    """The sidecar of one file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    jeu: str = Field(pattern=r"^[a-z][a-z0-9_]+$")
    producteur: str = Field(min_length=3)
    titre: str = Field(min_length=10)
    millesime: int = Field(ge=1990, le=2100)
    edition: str = Field(min_length=3)
    couverture: str | None
    page: str | None = Field(pattern=r"^https://")
    licence: str = Field(min_length=5)
    extrait: str = Field(min_length=10)
    octets: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    chiffres_de_controle: tuple[CheckFigure, ...]


@dataclass(frozen=True)
class SourceFile:
    """A file and its sidecar."""

    path: Path
    root: Path
    fiche: Fiche

    @property
    def source_id(self) -> str:
        """The path below `sources/`: how tables and messages name the file."""
        return self.path.relative_to(self.root).as_posix()

    @property
    def sha256(self) -> str:
        """The fingerprint of the file as it is now."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    @property
    def as_described(self) -> bool:
        """Whether the file is, byte for byte, the one that its sidecar describes."""
        return self.sha256 == self.fiche.sha256


def catalogue(root: Path | None = None) -> tuple[SourceFile, ...]:
    """Every source below `root`, in the order of its path.

    Raises:
        SourceError: a sidecar that is not valid, or that describes no file.
    """
    root = root or sources_dir()
    files = []
    for sidecar in sorted(root.rglob(f"*{SUFFIX}")):
        path = sidecar.with_name(sidecar.name.removesuffix(SUFFIX))
        name = sidecar.relative_to(root).as_posix()
        if not path.is_file():
            raise SourceError(
                name,
                "fichier décrit",
                f"{path.name} est absent",
                "déposer le fichier à côté de sa fiche, ou retirer la fiche",
            )
        files.append(SourceFile(path, root, _fiche(sidecar, name, sidecar.stat().st_mtime_ns)))
    return tuple(files)


def files_of(jeu: str, files: Iterable[SourceFile]) -> tuple[SourceFile, ...]:
    """The files of one data set, oldest vintage first."""
    chosen = [file for file in files if file.fiche.jeu == jeu]
    return tuple(sorted(chosen, key=lambda file: (file.fiche.millesime, file.source_id)))


def fingerprint(root: Path | None = None) -> str:
    """One fingerprint for the whole folder: it changes when any file does."""
    root = root or sources_dir()
    digest = hashlib.sha256()
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def seal(path: Path) -> None:
    """Write the size and the fingerprint of `path` into its sidecar."""
    sidecar = path.with_name(path.name + SUFFIX)
    fiche = yaml.safe_load(sidecar.read_text("utf-8"))
    content = path.read_bytes()
    fiche |= {"octets": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    sidecar.write_text(
        yaml.safe_dump(fiche, allow_unicode=True, sort_keys=False, width=100), "utf-8"
    )


@cache
def _fiche(sidecar: Path, name: str, _modified_ns: int) -> Fiche:
    return documents.load(sidecar, name, Fiche)


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        seal(Path(argument))
