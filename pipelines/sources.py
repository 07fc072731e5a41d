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
from pydantic import BaseModel, ConfigDict, Field, ValidationError

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
    sidecars = sorted(root.rglob(f"*{SUFFIX}"))
    return tuple(_source(sidecar, root, sidecar.stat().st_mtime_ns) for sidecar in sidecars)


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
def _source(sidecar: Path, root: Path, _modified_ns: int) -> SourceFile:
    name = sidecar.relative_to(root).as_posix()
    path = sidecar.with_name(sidecar.name.removesuffix(SUFFIX))
    try:
        fiche = Fiche.model_validate(yaml.load(sidecar.read_text("utf-8"), yaml.CSafeLoader))
    except ValidationError as error:
        first = error.errors()[0]
        raise SourceError(
            name,
            f"clé {'.'.join(str(part) for part in first['loc']) or '(racine)'}",
            f"fiche non conforme ({first['msg']})",
            "compléter la fiche sur le modèle de ses voisines",
        ) from error
    except yaml.YAMLError as error:
        raise SourceError(
            name, "fichier entier", "YAML illisible", "vérifier les deux-points et les retraits"
        ) from error
    if not path.is_file():
        raise SourceError(
            name,
            "fichier décrit",
            f"{path.name} est absent",
            "déposer le fichier à côté de sa fiche, ou retirer la fiche",
        )
    return SourceFile(path, root, fiche)


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        seal(Path(argument))
