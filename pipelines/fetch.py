"""What is asked of the network, and kept in the cache: files of publishers, points of addresses.

A file is held to the size and the fingerprint that the catalogue pins before it has its name there:
a file that has its name is the one expected. The addresses of a registry are asked again only when
they change. Without network, one line says what is missing, and nothing fails.
"""

import argparse
import errno
import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PureWindowsPath
from typing import Literal
from urllib.parse import unquote, urlsplit

import polars as pl
from filelock import FileLock, Timeout

from pipelines import territory
from pipelines.archives import MAGIC, data_file, refuse_page
from pipelines.errors import SourceError
from pipelines.ingest.dataset import Dataset
from pipelines.ingest.datasets import DATASETS
from pipelines.ingest.scope import Scope
from pipelines.network import (
    AbsentError,
    Form,
    Network,
    Patience,
    UnreachableError,
    is_allowed,
)
from pipelines.placement import ASKED, read_national
from pipelines.settings import cache_dir, convention
from pipelines.sources import CataloguedFile, SourceFile, files_of, publications

_TO_VERIFY = "vérifier l'entrée du catalogue"

SERVICE = "https://data.geopf.fr/geocodage/search/csv"

Report = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What became of one publication.

    `refused` tells a file that came and is not the one expected from a file that did not come.
    """

    publication_id: str
    state: Literal["déjà là", "téléchargé", "sans adresse", "échec"]
    path: Path | None
    message: str
    refused: bool = False


def cached(publication: CataloguedFile, cache: Path) -> Path | None:
    """The file of a publication in the cache; None if it is absent, or not of the pinned size.

    Its fingerprint is not computed: `fetch` does that.

    Raises:
        SourceError: the cache cannot be read.
    """
    path = _place(publication, cache)
    with _disk(cache):
        if path is None or not path.is_file():
            return None
        try:
            with (
                path.open("rb") as content,
                data_file(path.name, content, publication.membre) as (_, size, _),
            ):
                return path if publication.octets in (None, size) else None
        except SourceError:
            return None


def fetch(
    wanted: Iterable[CataloguedFile],
    cache: Path,
    *,
    report: Report = print,
    network: Network | None = None,
) -> tuple[Outcome, ...]:
    """Download each publication that the cache does not hold, one after the other.

    Args:
        wanted: the publications.
        cache: the folder where each publication has its own; made if it is absent.
        report: called with a French line for each publication that the network did not prevent,
            and with one line if it prevented some.
        network: what to ask through; by default, one made for the call.

    Raises:
        SourceError: a file must be written, and the cache does not let it.
    """
    outcomes = []
    with network or Network() as through:
        for publication in wanted:
            try:
                with _disk(cache):
                    outcome = _settled(publication, cache, through)
            except UnreachableError as error:
                outcomes.append(Outcome(publication.publication_id, "échec", None, str(error)))
                continue
            outcomes.append(outcome)
            report(outcome.message)
    if through.away:
        hosts = " ; ".join(f"{host} : {reason}" for host, reason in through.away.items())
        goes_on = "le rafraîchissement continue avec les fichiers déjà là"
        report(f"réseau inaccessible ({hosts}) : {goes_on}")
    return tuple(outcomes)


def locate(
    asked: bytes,
    cache: Path,
    *,
    name: str,
    report: Report = print,
    address: str = SERVICE,
    network: Network | None = None,
) -> Path | None:
    """Ask the national address service where addresses are, unless these were asked already.

    The service (Géoplateforme, IGN) is sent the columns of `ASKED`, whatever else there is: the
    addresses of equipment, never the name of a service or of a person. It searches « adresse
    commune » in the commune of `citycode`, and answers the same rows with its own columns.

    Args:
        asked: a csv, comma separated, with the columns of `ASKED`.
        cache: the answer is kept in its `adresses/<name>.csv`, the fingerprint of what was asked
            beside it.
        name: what the addresses are of.
        report: called with one French line.
        address: where the service listens.
        network: what to ask through; by default, one made for the call.

    Returns:
        The answer to these addresses; None if the service gave none that can be used.

    Raises:
        SourceError: the cache cannot be written.
    """
    rows = pl.read_csv(asked, infer_schema=False).select(*ASKED)
    if rows.is_empty():
        return None
    sent = rows.write_csv().encode()
    mark = hashlib.sha256(sent).hexdigest()
    path = answer(cache, name)
    note = path.with_name(f"{path.name}.sha256")
    called = "adresses du registre"
    with _disk(cache), network or Network() as through:
        if path.is_file() and note.is_file() and note.read_text("ascii") == mark:
            report(f"{called} : déjà demandées")
            return path
        try:
            with (
                _alone(called, path.parent, through.patience),
                through.received(called, address, path, _question(sent)) as part,
            ):
                located, failed = _answered(called, part, rows)
                note.unlink(missing_ok=True)
        except UnreachableError as error:
            report(f"{error} : les {called} se passent du service national")
            return None
        except SourceError as error:
            report(str(error))
            return None
        if not failed:
            note.write_text(mark, "ascii")
    again = f" ; il a échoué sur {failed}, à redemander" if failed else ""
    report(f"{called} : le service national en localise {located} sur {rows.height}{again}")
    return path


def answer(cache: Path, name: str) -> Path:
    """Where the national service's answer to the addresses of `name` is kept."""
    return cache / "adresses" / f"{name}.csv"


# --- one publication ----------------------------------------------------------------------------


def _settled(publication: CataloguedFile, cache: Path, network: Network) -> Outcome:
    """Download a publication if the cache does not hold it.

    Raises:
        UnreachableError: its host does not answer.
    """
    name, address = publication.publication_id, publication.adresse
    if address is None:
        message = f"{name} : sans adresse, rien à télécharger ({publication.titre})"
        return Outcome(name, "sans adresse", None, message)
    path = _place(publication, cache)
    if path is None:
        problem = "elle n'est pas en https, ou ne nomme aucun fichier"
        return _failure(name, AbsentError(name, "adresse", problem, _TO_VERIFY))
    there = Outcome(name, "déjà là", path, f"{name} : déjà là")
    if _is_right(publication, path):
        return there
    try:
        with _alone(name, path.parent, network.patience):
            if _is_right(publication, path):  # brought by another process meanwhile
                return there
            with network.received(name, address, path) as part:
                digest = _verified(publication, part)
    except SourceError as error:
        return _failure(name, error)
    size = f"{path.stat().st_size / 1e6:.1f} Mo".replace(".", ",")
    pin = "conforme" if publication.sha256 else f"empreinte à épingler : {digest}"
    return Outcome(name, "téléchargé", path, f"{name} : téléchargé ({size}), {pin}")


def _failure(name: str, error: SourceError) -> Outcome:
    return Outcome(name, "échec", None, str(error), refused=not isinstance(error, AbsentError))


def _place(publication: CataloguedFile, cache: Path) -> Path | None:
    """Where the file of a publication goes, named as in its address; None if it has no name."""
    address = publication.adresse or ""
    if not is_allowed(address):
        return None
    name = unquote(urlsplit(address).path.rpartition("/")[2])
    if not name.strip(".") or not name.isprintable() or PureWindowsPath(name).name != name:
        return None
    return cache / publication.publication_id / name


def _is_right(publication: CataloguedFile, path: Path) -> bool:
    try:
        return path.is_file() and bool(_verified(publication, path))
    except SourceError:
        return False


def _verified(publication: CataloguedFile, path: Path) -> str:
    """The fingerprint of the data file in `path`, held to what is pinned.

    Raises:
        SourceError: it is not the file that the catalogue describes.
    """
    name, member = publication.publication_id, publication.membre
    with path.open("rb") as content:
        start = content.read(512)
        content.seek(0)
        refuse_page(name, start)
        if member and not start.startswith(MAGIC):
            raise SourceError(name, path.name, "ce n'est pas une archive", _TO_VERIFY)
        with data_file(name, content, member) as (_, size, data):
            digest = hashlib.file_digest(data, "sha256").hexdigest()  # type: ignore[arg-type]
    if publication.octets not in (None, size) or publication.sha256 not in (None, digest):
        raise SourceError(
            name,
            member or "fichier entier",
            f"attendu : {publication.octets or '?'} octets, sha256 {publication.sha256 or '?'} ; "
            f"trouvé : {size} octets, sha256 {digest}",
            f"{_TO_VERIFY} : l'éditeur a peut-être révisé le fichier ; si oui, ajouter l'édition",
        )
    return digest


@contextmanager
def _alone(name: str, folder: Path, patience: Patience) -> Iterator[None]:
    """Hold a folder of the cache: a second process waits for what the first one brings."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "verrou")
    try:
        lock.acquire(timeout=patience.lock_seconds)
    except Timeout:
        problem = f"un autre processus l'occupe depuis plus de {patience.lock_seconds:g} s"
        remedy = "attendre sa fin, ou l'arrêter, puis relancer"
        raise AbsentError(name, "dossier du cache", problem, remedy) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _disk(cache: Path) -> Iterator[None]:
    """Say in French that the cache cannot be used; errors of the network do not come this far."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        raise SourceError(
            str(cache),
            "dossier des fichiers téléchargés",
            "le disque est plein" if full else "on ne peut pas y lire ou y écrire",
            f"{'libérer de la place' if full else 'en donner le droit'}, ou désigner un autre "
            "dossier par OBSERVATOIRE_CACHE",
        ) from error


# --- the addresses of a registry ----------------------------------------------------------------

_KEY = ("ligne_id", "rang")
_FAILED = ("error", "aborted")  # the service's own words for a row that it could not search


def _question(sent: bytes) -> Form:
    """What is posted: the file, the columns that are searched, the one that holds the commune."""
    return [
        ("data", ("adresses.csv", sent)),
        ("columns", (None, b"adresse")),
        ("columns", (None, b"commune")),
        ("citycode", (None, b"citycode")),
    ]


def _answered(name: str, path: Path, asked: pl.DataFrame) -> tuple[int, int]:
    """How many addresses an answer locates, and how many the service failed to search.

    Raises:
        SourceError: it is not an answer to what was asked.
    """
    try:
        answer = read_national(path)
    except SourceError as error:
        problem = f"ce n'est pas celle du service : {error.problem}"
        raise SourceError(name, "réponse du serveur", problem, "relancer plus tard") from error
    keys = asked.select(_KEY).cast(answer.select(_KEY).schema)
    if not answer.select(_KEY).sort(_KEY).equals(keys.sort(_KEY)):
        problem = f"{answer.height} lignes, qui ne sont pas les {asked.height} demandées"
        raise SourceError(name, "réponse du serveur", problem, "relancer plus tard")
    nothing = pl.Series("result_status", [], pl.String)
    status = pl.read_csv(path, infer_schema=False).get_column(nothing.name, default=nothing)
    return int(answer["longitude"].is_not_null().sum()), int(status.is_in(_FAILED).sum())


# --- the command --------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Download what is missing, and locate the registry's addresses; 1 if a file was refused."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.fetch",
        description="Télécharge ce que le catalogue décrit et qui manque, puis demande au service "
        "national d'adresse où sont les adresses du registre.",
    )
    parser.add_argument(
        "ids",
        nargs="*",
        help="publications à télécharger, et elles seules ; par défaut, pour chaque jeu de données "
        "dont aucun fichier présent ne couvre toutes les communes du territoire, le dernier "
        "millésime qui a une adresse",
    )
    parser.add_argument(
        "--tout", action="store_true", help="toutes les publications qui ont une adresse"
    )
    options = parser.parse_args(arguments)
    try:
        known = publications()
        if unknown := [name for name in options.ids if name not in known]:
            print(f"Pas au catalogue : {', '.join(unknown)}.", file=sys.stderr)
            print(f"Le catalogue décrit : {', '.join(known)}.", file=sys.stderr)
            return 2
        if options.ids:
            outcomes = fetch([known[name] for name in options.ids], cache_dir())
        else:
            outcomes = bring(everything=options.tout)
        print(summary(outcomes))
    except SourceError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrompu : le prochain appel reprendra où celui-ci s'arrête.", file=sys.stderr)
        return 130
    return int(any(outcome.refused for outcome in outcomes))


def bring(*, everything: bool = False, report: Report = print) -> tuple[Outcome, ...]:
    """Download what the convention lacks, or `everything`, then locate its registry's addresses.

    Raises:
        SourceError: the catalogue, a sidecar or the territory is not valid; the cache is unusable.
    """
    known = publications().values()
    wanted = [entry for entry in known if entry.adresse]
    with Network() as network:
        outcomes = fetch(
            wanted if everything else latest(wanted, besides=_covered()),
            cache_dir(),
            report=report,
            network=network,
        )
        _locate_registry(network, report)
    return outcomes


def latest(known: Iterable[CataloguedFile], besides: Collection[str]) -> list[CataloguedFile]:
    """The publications of the last vintage that has an address, of each data set but some."""
    served = [entry for entry in known if entry.adresse and entry.publication.jeu not in besides]
    last = dict(sorted((entry.publication.jeu, entry.publication.millesime) for entry in served))
    return [entry for entry in served if entry.publication.millesime == last[entry.publication.jeu]]


def _covered() -> set[str]:
    """The data sets of which a file that is here has rows of every commune of the territory."""
    from pipelines.ingest.arrivals import arrivals  # noqa: PLC0415

    here = arrivals()
    return {
        dataset.jeu
        for dataset in DATASETS
        if any(_covers(dataset, file, here.scope) for file in files_of(dataset.jeu, here.files))
    }


def _covers(dataset: Dataset, file: SourceFile, ground: Scope) -> bool:
    """A whole file has what its publisher has; an extract is of the communes it was cut for."""
    if file.state != "extrait" or dataset.area is None:
        return True
    kept = dataset.admit(file, ground).kept
    communes = territory.load().insee_communes
    each = [dataset.area(replace(ground, communes=frozenset([code]))) for code in communes]
    return not any(kept.filter(commune).is_empty() for commune in each)


def _locate_registry(network: Network, report: Report) -> None:
    from pipelines.ingest.placements import asked  # noqa: PLC0415

    if addresses := asked():
        locate(addresses, cache_dir(), name=convention(), report=report, network=network)


def summary(outcomes: Sequence[Outcome]) -> str:
    """What came of the downloads, in a line."""
    counts = Counter(outcome.state for outcome in outcomes)
    done = ", ".join(f"{state} : {number}" for state, number in counts.items()) or "rien à faire"
    missing = ", ".join(outcome.publication_id for outcome in outcomes if outcome.state == "échec")
    return f"Publications – {done}." + (f" Manquent : {missing}." if missing else "")


if __name__ == "__main__":
    sys.exit(main())
