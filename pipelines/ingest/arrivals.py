"""The files that are here: those with a sidecar, those that were dropped, those downloaded.

A file without a sidecar is known by its content (the columns that a contract waits for), or by its
name when the catalogue gives that name. It stands in for the extract of the publication that it is;
a file that the catalogue does not know is taken too, as an edition of its own, and said.
"""

import hashlib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from pipelines import fetch, territory
from pipelines.addresses import normalise
from pipelines.archives import DATA_SUFFIXES
from pipelines.errors import SourceError
from pipelines.ingest.containers import Content, opened
from pipelines.ingest.dataset import Dataset
from pipelines.ingest.datasets import DATASETS
from pipelines.ingest.scope import Scope, scope_of
from pipelines.settings import cache_dir, convention, convention_dir, sources_dir
from pipelines.sources import (
    CataloguedFile,
    CheckFigure,
    Fiche,
    SourceFile,
    State,
    catalogue,
    files_of,
    fingerprint_of,
    inherited_from,
    is_written,
    publications,
    undescribed,
    visible_files,
    written,
)

DROPPED_WHOLE = "fichier entier, tel que déposé"
DOWNLOADED_WHOLE = "fichier entier, téléchargé à l'adresse du catalogue"
# The years that a sidecar may have.
YEAR = r"(?:199|20\d)\d"
# How the data sets of the convention's own tables begin.
LEDGERS = "convention_"


# What each table of changes says, by its fingerprint: every asset asks.
_CHANGES: dict[tuple[str, str], list[tuple[str, str]]] = {}


@dataclass(frozen=True)
class Unknown:
    """A file that nothing recognises, and why.

    What bears the name of a ledger of the convention is meant to be read: nothing is computed
    without it.
    """

    path: Path
    reason: str
    is_ledger: bool = False


@dataclass(frozen=True)
class Arrivals:
    """Every file to read, the files that nothing recognises, and what is to be said of others.

    `altered` are the extracts of a publication that are neither what was sealed nor, byte for byte,
    the publication. What bears a publisher's name is what was drawn from its file, until someone
    seals another; the ledgers of a convention are no extract, and are written in every day.
    """

    files: tuple[SourceFile, ...]
    unknown: tuple[Unknown, ...]
    remarks: tuple[str, ...]
    altered: tuple[SourceFile, ...]

    @cached_property
    def scope(self) -> Scope:
        """What the territory takes of them.

        Raises:
            SourceError: the territory is not valid.
        """
        return scope(self.files)

    @property
    def passages(self) -> list[SourceFile]:
        """The files that say which communes became part of others: the scope is made from them."""
        return [
            file
            for dataset in DATASETS
            if dataset.communes_became
            for file in files_of(dataset.jeu, self.files)
        ]


def arrivals(root: Path | None = None) -> Arrivals:
    """What there is to read for the convention.

    Raises:
        SourceError: the catalogue, a sidecar or the territory is not valid.
    """
    root = root or sources_dir()
    known = publications(root)
    described = catalogue(root)
    whole: list[SourceFile] = []
    unknown: list[Unknown] = []
    remarks: list[str] = []
    # Data that came twice would count twice.
    seen = {file.sha256: file.source_id for file in described}
    for path in undescribed(root):
        if not is_written(path, root):
            unknown.append(Unknown(path, str(_misnamed(written(path, root)))))
            continue
        digest = _digest(path, path.stat().st_mtime_ns)
        if digest in seen:
            remarks.append(
                f"{path.relative_to(root).as_posix()} : mêmes données que {seen[digest]}, seul lu. "
                "Remède : retirer l'un des deux"
            )
            continue
        try:
            file = _dropped(path, root, known, {file.fiche.publication for file in whole})
        except SourceError as error:
            ledger = _ledger(path, root)
            reason = _misread(path, ledger) if ledger else error
            unknown.append(Unknown(path, str(reason), is_ledger=ledger is not None))
            continue
        seen[digest] = file.source_id
        whole.append(file)
        if file.fiche.publication is None and not path.is_relative_to(convention_dir(root)):
            remarks.append(
                f"{file.source_id} : reconnu ({file.fiche.jeu}, millésime {file.fiche.millesime}), "
                "mais le catalogue n'a pas cette édition. Remède : lui ajouter une entrée, pour "
                "que sa source soit citée en entier"
            )
    whole += _downloaded(known, {file.fiche.publication for file in whole})
    standing_in = {file.fiche.publication for file in whole} - {None}
    kept = [file for file in described if file.fiche.publication not in standing_in]
    altered = [
        file
        for file in kept
        if file.fiche.publication
        and not file.as_described
        and file.sha256 != known[file.fiche.publication].sha256
    ]
    return Arrivals((*kept, *whole), tuple(unknown), tuple(remarks), tuple(altered))


def entering(here: Arrivals) -> dict[str, Path]:
    """Every file that a figure may depend on, by its place: below `sources/`, or below `cache/`."""
    used = [file.path for file in here.files if file.state == "téléchargé"]
    answered = fetch.answer(cache_dir(), convention())
    found = [*visible_files(sources_dir()), *used, *([answered] if answered.is_file() else [])]
    return {place_of(path): path for path in found}


def place_of(path: Path) -> str:
    """What publications call a file: its place below `sources/`, or below `cache/`."""
    root = sources_dir()
    if path.is_relative_to(root):
        return f"sources/{written(path, root)}"
    return f"cache/{path.relative_to(cache_dir()).as_posix()}"


def scope(files: Iterable[SourceFile]) -> Scope:
    """What the territory takes, the communes that became part of it included.

    Raises:
        SourceError: the territory is not valid.
    """
    changes: list[tuple[str, str]] = []
    for dataset in DATASETS:
        if dataset.communes_became:
            for file in files_of(dataset.jeu, files):
                seen = (dataset.table, file.sha256)
                if seen not in _CHANGES:
                    kept = dataset.admit(file).kept
                    _CHANGES[seen] = kept.select(dataset.communes_became).unique().rows()
                changes += _CHANGES[seen]
    return scope_of(territory.load(), changes)


def _misnamed(name: str) -> SourceError:
    return SourceError(name, "nom du fichier", "il n'est pas en UTF-8", "renommer le fichier")


def _downloaded(known: dict[str, CataloguedFile], dropped: set[str | None]) -> list[SourceFile]:
    root = cache_dir()
    files = []
    for name, entry in known.items():
        path = fetch.cached(entry, root) if name not in dropped else None
        if path is not None:
            member = entry.publication.membre
            files.append(_file(path, root, entry, "téléchargé", DOWNLOADED_WHOLE, member))
    return files


def _dropped(
    path: Path, root: Path, known: dict[str, CataloguedFile], taken: Collection[str | None]
) -> SourceFile:
    """A dropped file, as what the catalogue or its content says that it is.

    A publication is `taken` by the first file that may be it.

    Raises:
        SourceError: nothing recognises it.
    """
    named = [entry for entry in known.values() if path.name.lower() in _names(entry)]
    try:
        digest = _digest(path, path.stat().st_mtime_ns)
        if same := [entry for entry in known.values() if entry.sha256 == digest]:
            return _file(path, root, same[0], "déposé", DROPPED_WHOLE)
        found = _known_as(path, path.stat().st_mtime_ns)
        if isinstance(found, SourceError):
            raise found
    except SourceError:
        if len(named) == 1:
            # It cannot be read, but its name says what it is meant to be: reading it will tell.
            return _file(path, root, named[0], "déposé", DROPPED_WHOLE, named[0].publication.membre)
        raise
    akin = [
        entry
        for entry in known.values()
        if (entry.publication.jeu, entry.publication.millesime) == (found.jeu, found.millesime)
    ]
    loose = [entry for entry in akin if entry.sha256 is None and entry.publication_id not in taken]
    if entry := next(iter([*(entry for entry in named if entry in loose), *loose]), None):
        return _file(path, root, entry, "déposé", DROPPED_WHOLE)
    # Whatever its bytes, a file that bears the name of a publication must come to its figures.
    figures = [
        figure
        for entry in named
        if entry in akin
        for figure in entry.publication.chiffres_de_controle
    ]
    return SourceFile(path, root, _unlisted(path, found, akin, known, figures), "déposé")


@cache
def _digest(path: Path, _modified_ns: int) -> str:
    """The fingerprint of the data, out of their archive if they can be found in it."""
    try:
        return hashlib.sha256(opened(path).data).hexdigest()
    except SourceError:
        return fingerprint_of(path)


def _file(
    path: Path,
    root: Path,
    entry: CataloguedFile,
    state: State,
    what: str,
    member: str | None = None,
) -> SourceFile:
    """A file that is a publication.

    `member` is the file to read in an archive, where it was not found without its name.
    """
    fiche = Fiche(
        **inherited_from(entry.publication) | {"membre": member},
        publication=entry.publication_id,
        extrait=what,
        octets=path.stat().st_size,
        sha256=fingerprint_of(path),
    )
    return SourceFile(path, root, fiche, state)


def _unlisted(
    path: Path,
    found: "_Found",
    akin: list[CataloguedFile],
    known: dict[str, CataloguedFile],
    figures: Iterable[CheckFigure],
) -> Fiche:
    """What is said of a file whose edition the catalogue does not have."""
    others = [entry for entry in known.values() if entry.publication.jeu == found.jeu]
    model = (akin or others)[-1].publication if akin or others else None
    mark = _digest(path, path.stat().st_mtime_ns)[:8]
    return Fiche(
        jeu=found.jeu,
        producteur=model.producteur if model else "non précisé : fichier déposé sans fiche",
        titre=f"{found.description} Fichier déposé : {path.name}",
        millesime=found.millesime,
        edition=f"édition déposée {mark}",
        geographie=akin[-1].publication.geographie if akin else None,
        page=model.page if model else None,
        licence=model.licence if model else "non précisée : fichier déposé sans fiche",
        extrait=DROPPED_WHOLE,
        octets=path.stat().st_size,
        sha256=fingerprint_of(path),
        chiffres_de_controle=tuple(figures),
    )


def _names(entry: CataloguedFile) -> set[str]:
    """The names under which a publication may be dropped: the file's, the member's."""
    address = PurePosixPath(urlsplit(entry.adresse or "").path).name
    return {name.lower() for name in (address, entry.membre or "") if name}


@dataclass(frozen=True)
class _Found:
    jeu: str
    millesime: int
    description: str


@cache
def _known_as(path: Path, _modified_ns: int) -> "_Found | SourceError":
    """What a file is recognised as, or why it is not: every asset asks, failures included."""
    try:
        return _recognised(path)
    except SourceError as error:
        return error


def _recognised(path: Path) -> _Found:
    """The data set whose columns a file has, and its vintage.

    Raises:
        SourceError: no data set waits for such columns, or nothing dates the file.
    """
    content = opened(path)
    for dataset in DATASETS if path.suffix.lower() in ("", ".zip", *DATA_SUFFIXES) else ():
        try:
            years = dataset.vintages_in(content)
        except SourceError:
            continue
        if not years:
            continue
        vintage = years[-1] or _dated(path, content, dataset)
        return _Found(dataset.jeu, vintage, dataset.description)
    raise SourceError(
        path.name,
        "en-tête",
        "ses colonnes ne sont celles d'aucun fichier attendu",
        "vérifier que c'est le fichier publié, ou lui ajouter une fiche (voir sources/)",
    )


def _ledger(path: Path, root: Path) -> Dataset | None:
    """The ledger of the convention whose name a table in its folder bears."""
    is_table = path.suffix.lower() in ("", ".zip", ".xls", ".ods", *DATA_SUFFIXES)
    if not is_table or not path.is_relative_to(convention_dir(root)):
        return None
    words = set(normalise(path.stem).split())
    named = (
        dataset
        for dataset in DATASETS
        if dataset.ledger and words.issuperset(dataset.jeu.removeprefix(LEDGERS).split("_"))
    )
    return next(named, None)


def _misread(path: Path, ledger: Dataset) -> SourceError:
    """Why a file is not the ledger whose name it bears: it cannot be read, or its columns."""
    try:
        columns = ledger.read(opened(path), None).frame.columns
    except SourceError as error:
        return error
    heading = ledger.contract.heading(columns, None)
    absent = [item.name for item in ledger.contract.absent(heading)]
    excess = [name for name in columns if name not in heading.values()]
    return SourceError(
        path.name,
        "en-tête",
        f"il y manque {', '.join(absent)}" + f" ; y est en trop {', '.join(excess)}" * bool(excess),
        "nommer ses colonnes comme dans la même table d'une autre convention, ou renommer le "
        "fichier si ce n'est pas elle",
    )


def _dated(path: Path, content: Content, dataset: Dataset) -> int:
    """The vintage of a file whose columns bear none: its last year, or that of its name.

    Raises:
        SourceError: nothing dates it.
    """
    if dataset.year:
        reading = dataset.read(content, None)
        printed = dataset.contract.heading(reading.frame.columns, None)[dataset.year]
        years = reading.frame[printed].str.extract(rf"\b({YEAR})\b").drop_nulls()
        if years.len():
            return int(str(years.max()))
    if in_name := re.findall(rf"(?<!\d){YEAR}(?!\d)", path.name):
        return int(in_name[-1])
    if dataset.ledger:
        return territory.load().convention.debut.year
    raise SourceError(
        path.name,
        "millésime",
        "ni ses colonnes, ni son nom ne disent de quelle année il est",
        "le renommer avec son année, par exemple data_CAF_2021_IRIS.csv",
    )
