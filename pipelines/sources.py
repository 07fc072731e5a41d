"""The catalogue of sources: what publishers offer, and the files of it that are here.

`sources/catalogue.yml` pins every publication: publisher, title, vintage, edition, licence, page,
address, fingerprint. A file under `sources/` that is our own extract or transcription has a sidecar
(`<file>.fiche.yml`): the publication that it comes from, what it keeps of it, its own fingerprint.
What a sidecar does not say, its publication says. `pipelines.ingest.arrivals` adds the files that
were dropped or downloaded, which have no sidecar.
"""

import hashlib
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, RootModel, model_validator

from pipelines import documents
from pipelines.errors import SourceError, writing
from pipelines.settings import convention_dir, shown, sources_dir

SUFFIX = ".fiche.yml"
CATALOGUE = "catalogue.yml"
# The catalogue is public, and so are its addresses: no account, no password in them.
ADDRESS = r"^https://[^/@\s]+(/|$)"
# What describes the sources and is not one of them.
DESCRIPTIONS = (CATALOGUE, "eponymes.yml", "territoire.yml")

State = Literal["extrait", "déposé", "téléchargé"]
Encoding = Literal["utf-8", "utf-16", "windows-1252", "iso-8859-1", "iso-8859-15", "cp850"]


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


class Provenance(BaseModel):
    """What is known of where a file comes from.

    `geographie` is the year of the commune and IRIS codes. `encodage` is that of the text, where
    it is not UTF-8. `membre` is the file to read in an archive that holds several.
    """

    # What is wrong is told without repeating it: an address may have been given a password.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    jeu: str = Field(pattern=r"^[a-z][a-z0-9_]+$")
    producteur: str = Field(min_length=3)
    titre: str = Field(min_length=10)
    millesime: int = Field(ge=1990, le=2100)
    edition: str = Field(min_length=3)
    geographie: int | None = Field(default=None, ge=1990, le=2100)
    couverture: str | None = None
    page: str | None = Field(pattern=ADDRESS)
    licence: str = Field(min_length=5)
    membre: str | None = None
    encodage: Encoding = "utf-8"
    chiffres_de_controle: tuple[CheckFigure, ...] = ()


class Publication(Provenance):
    """One entry of the catalogue: a file that a publisher offers.

    `parution` is the day that it came out, where the publisher's page says it: the next vintages
    are expected at the same time of the next years. `octets` and `sha256` are those of the data
    file, out of its archive; absent, they are not yet pinned: no file at hand is the whole one,
    byte for byte.
    """

    adresse: str | None = Field(pattern=ADDRESS)
    parution: date | None = None
    octets: int | None = Field(default=None, ge=1)
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")


class _Catalogue(RootModel[dict[str, Publication]]):
    """The whole catalogue, by the identifier of each publication."""

    model_config = ConfigDict(hide_input_in_errors=True)


class Fiche(Provenance):
    """What is known of one file that is here."""

    publication: str | None = None
    extrait: str = Field(min_length=10)
    octets: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


@dataclass(frozen=True)
class CataloguedFile:
    """A publication with its identifier, as what fetches it wants it."""

    publication_id: str
    publication: Publication

    @property
    def titre(self) -> str:
        """The title that the publisher gives."""
        return self.publication.titre

    @property
    def adresse(self) -> str | None:
        """The address of the file."""
        return self.publication.adresse

    @property
    def membre(self) -> str | None:
        """The file to read in the archive."""
        return self.publication.membre

    @property
    def octets(self) -> int | None:
        """The size of the data file, if pinned."""
        return self.publication.octets

    @property
    def sha256(self) -> str | None:
        """The fingerprint of the data file, if pinned."""
        return self.publication.sha256


@dataclass(frozen=True)
class SourceFile:
    """A file, what is known of it, and how it came."""

    path: Path
    root: Path
    fiche: Fiche
    state: State = "extrait"

    @property
    def source_id(self) -> str:
        """The path below `sources/` (or the cache): how tables and messages name the file."""
        return self.path.relative_to(self.root).as_posix()

    @property
    def sha256(self) -> str:
        """The fingerprint of the file as it is now."""
        return fingerprint_of(self.path)

    @property
    def as_described(self) -> bool:
        """Whether the file is, byte for byte, the one that its sidecar describes."""
        return self.state != "extrait" or self.sha256 == self.fiche.sha256

    @property
    def alteration(self) -> SourceError:
        """What is said of a file that is not the one that its sidecar describes."""
        return SourceError(
            self.source_id,
            "empreinte",
            "ce n'est plus, octet pour octet, le fichier que sa fiche décrit",
            "le rétablir ou, si c'est bien lui, le sceller (python -m pipelines.sources "
            f"sources/{self.source_id})",
        )


def publications(root: Path | None = None) -> dict[str, CataloguedFile]:
    """Every publication of the catalogue, by its identifier.

    Raises:
        SourceError: the catalogue is absent or not valid.
    """
    path = (root or sources_dir()) / CATALOGUE
    if not path.is_file():
        return {}
    return _publications(path, path.stat().st_mtime_ns)


def catalogue(root: Path | None = None) -> tuple[SourceFile, ...]:
    """Every file below `root` that has a sidecar, in the order of its path.

    Raises:
        SourceError: a sidecar that is not valid, or that describes no file.
    """
    root = root or sources_dir()
    known = publications(root)
    pins = (root / CATALOGUE).stat().st_mtime_ns if known else 0
    files = []
    for sidecar in _files(root):
        if not sidecar.name.endswith(SUFFIX) or not is_written(sidecar, root):
            continue
        path = sidecar.with_name(sidecar.name.removesuffix(SUFFIX))
        name = sidecar.relative_to(root).as_posix()
        if not path.is_file():
            raise SourceError(
                name,
                "fichier décrit",
                f"{path.name} est absent",
                "déposer le fichier à côté de sa fiche, ou retirer la fiche",
            )
        fiche = _fiche(sidecar, sidecar.stat().st_mtime_ns, root, pins)
        files.append(SourceFile(path, root, fiche))
    return tuple(files)


def undescribed(root: Path | None = None) -> tuple[Path, ...]:
    """The files below `root` that have no sidecar: those that were dropped there.

    One whose name cannot be written is among them: nothing can describe it.
    """
    root = root or sources_dir()
    return tuple(
        path
        for path in visible_files(root)
        if not path.name.endswith(SUFFIX)
        and path.name not in DESCRIPTIONS
        and not (path.with_name(path.name + SUFFIX).is_file() and is_written(path, root))
    )


def written(path: Path, root: Path) -> str:
    """The path of a file below `root`, as text: with � where its name is not UTF-8."""
    return os.fsencode(path.relative_to(root).as_posix()).decode("utf-8", "replace")


def is_written(path: Path, root: Path) -> bool:
    """Whether the path of a file can be written as it is."""
    return "\ufffd" not in written(path, root)


def files_of(jeu: str, files: Iterable[SourceFile]) -> tuple[SourceFile, ...]:
    """The files of one data set, oldest vintage first."""
    chosen = [file for file in files if file.fiche.jeu == jeu]
    return tuple(sorted(chosen, key=lambda file: (file.fiche.millesime, file.source_id)))


def paths_of(files: Iterable[SourceFile]) -> list[Path]:
    """The files, each with its sidecar if it has one."""
    return [
        path
        for file in files
        for path in (file.path, file.path.with_name(file.path.name + SUFFIX))
        if path == file.path or file.state == "extrait"
    ]


def fingerprint(root: Path | None = None) -> str:
    """One fingerprint for the whole folder: it changes when any visible file does."""
    root = root or sources_dir()
    digest = hashlib.sha256()
    for path in visible_files(root):
        digest.update(written(path, root).encode())
        digest.update(fingerprint_of(path).encode())
    return digest.hexdigest()


def fingerprint_of(path: Path) -> str:
    """The fingerprint of one file."""
    state = path.stat()
    return _fingerprint(path, state.st_mtime_ns, state.st_size)


def seal(path: Path) -> None:
    """Write the size and the fingerprint of `path` into its sidecar.

    Raises:
        SourceError: the file or its sidecar is absent, or cannot be read or written.
    """
    sidecar = path.with_name(path.name + SUFFIX)
    for there in (path, sidecar):
        if not there.is_file():
            raise SourceError(
                there.name,
                f"dossier {shown(there.parent)}",
                "il n'y est pas",
                "sceller un fichier de sources/ qui a sa fiche à côté de lui",
            )
    with writing(sidecar):
        content = path.read_bytes()
        fiche = {
            **documents.load(sidecar, sidecar.name, RootModel[dict[str, Any]]).root,
            "octets": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        sidecar.write_text(
            yaml.safe_dump(fiche, allow_unicode=True, sort_keys=False, width=100), "utf-8"
        )


def visible_files(root: Path) -> tuple[Path, ...]:
    """The files below `root`, without those that programs leave there: `.DS_Store`, `~$f.xlsx`."""
    return tuple(path for path in _files(root) if not path.name.startswith((".", "~")))


def _files(root: Path) -> list[Path]:
    """The files below `root`, those of other conventions left aside."""
    others, own = root / "conventions", convention_dir(root)
    return sorted(
        path
        for path in root.rglob("*")
        if path.is_file() and (not path.is_relative_to(others) or path.is_relative_to(own))
    )


@cache
def _publications(path: Path, _modified_ns: int) -> dict[str, CataloguedFile]:
    content = documents.load(path, path.name, _Catalogue).root
    return {name: CataloguedFile(name, publication) for name, publication in content.items()}


@cache
def _fiche(sidecar: Path, _modified_ns: int, root: Path, _catalogue_modified_ns: int) -> Fiche:
    name = sidecar.relative_to(root).as_posix()
    said = documents.read(sidecar, name)
    if not isinstance(said, dict) or "publication" not in said:
        return documents.validate(said, name, Fiche)
    entry = publications(root).get(str(said["publication"]))
    if entry is None:
        raise SourceError(
            name,
            "clé publication",
            f"le catalogue n'a pas d'entrée {said['publication']}",
            f"l'ajouter à {CATALOGUE}, ou nommer une de ses entrées",
        )
    return documents.validate(inherited_from(entry.publication) | said, name, Fiche)


def inherited_from(publication: Publication) -> dict[str, Any]:
    """What a file has from the publication that it is, or is drawn from."""
    return publication.model_dump(include=set(Provenance.model_fields))


@cache
def _fingerprint(path: Path, _modified_ns: int, _size: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(arguments: list[str] | None = None) -> int:
    """Seal the files that are named."""
    try:
        for argument in sys.argv[1:] if arguments is None else arguments:
            seal(Path(argument).resolve())
    except SourceError as error:
        print(f"ÉCHEC. {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
