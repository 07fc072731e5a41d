"""How a file is received over the network: whole, or not at all. Nothing else downloads.

What is received stands beside its place (`<name>.part`) until it is whole and verified. What a
broken connection left is resumed, if the server says that it still serves the same file.

Proxies and certificates come from the environment, as `requests` reads it. Addresses are https;
plain http is for this machine, where tests serve their files.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from tqdm import tqdm

from pipelines.archives import MOST_BYTES, page_instead
from pipelines.errors import SourceError

CHUNK_BYTES = 1 << 16

_TO_VERIFY = "vérifier cette adresse"

# The parts of what is posted: the name of each, its file name if it is a file, its content.
Form = list[tuple[str, tuple[str | None, bytes]]]


@dataclass(frozen=True)
class Patience:
    """How long to insist.

    `attempts` bounds the tries for one answer, and the answers that may break for one file; the
    wait between two of them starts at `backoff_seconds` and doubles.
    """

    attempts: int = 4
    backoff_seconds: float = 1.0
    longest_wait_seconds: int = 60
    connect_seconds: float = 5.0
    read_seconds: float = 60.0
    lock_seconds: float = 900.0


class AbsentError(SourceError):
    """What was asked for did not come."""


class UnreachableError(Exception):
    """A host does not answer."""


class Network:
    """What files are asked through.

    A host that could not be reached is not asked again; from then on the others are asked without
    a second try. A machine without network is thus known at once. `away` are those hosts, each
    with the reason.
    """

    def __init__(self, patience: Patience | None = None) -> None:
        self.patience = patience or Patience()
        self.away: dict[str, str] = {}
        self._session = _session(self.patience)

    def __enter__(self) -> "Network":
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    @contextmanager
    def received(
        self, name: str, address: str, path: Path, form: Form | None = None
    ) -> Iterator[Path]:
        """A file, whole, for the block to verify: if the block ends well, it takes its place.

        Args:
            name: how messages name it.
            address: where it is served.
            path: its place.
            form: what is posted to have it, if anything.

        Raises:
            UnreachableError: the host does not answer.
            AbsentError: the file did not come; what came of it is kept.
            SourceError: what came is not a file, or is refused by the block; nothing is kept.
        """
        part = _Part(path.with_name(f"{path.name}.part"), address)
        try:
            self._receive(name, part, form)
            yield part.path
        except AbsentError:
            raise
        except SourceError:
            part.discard()
            raise
        part.path.replace(path)
        part.discard()

    def _receive(self, name: str, part: "_Part", form: Form | None) -> None:
        attempts = self.patience.attempts
        for attempt in range(attempts):
            if attempt:
                wait = self.patience.backoff_seconds * 2 ** (attempt - 1)
                time.sleep(min(wait, self.patience.longest_wait_seconds))
            if self._is_received(name, part, form):
                return
        problem = f"la connexion s'est rompue {attempts} fois"
        raise AbsentError(name, "réponse du serveur", problem, "relancer")

    def _is_received(self, name: str, part: "_Part", form: Form | None) -> bool:
        """Ask for what is missing of a file, and write it; False if some is missing still."""
        size, conditions = part.resume()
        with self._asked(name, part.address, conditions, form) as response:
            if size and not _continues(response, size, conditions["If-Range"]):
                size = 0
                if response.status_code in (206, 416):
                    part.discard()
                    return False
            _accept(name, part, response, 206 if size else 200)
            if not size:
                part.begin(None if form else _validator(response))
            return _write(name, part, response, size)

    def _asked(
        self, name: str, address: str, headers: dict[str, str], form: Form | None
    ) -> requests.Response:
        """The answer of the server, its body still to be read."""
        host = urlsplit(address).netloc.rpartition("@")[2]
        if host not in self.away:
            try:
                return self._session.request(
                    "POST" if form else "GET",
                    address,
                    headers={"Accept-Encoding": "identity", **headers},
                    files=form,
                    stream=True,
                    timeout=(self.patience.connect_seconds, self.patience.read_seconds),
                )
            except _UNREACHABLE as error:
                self.away[host] = _reason(error)
            except _BROKEN as error:
                problem = "elle ne mène pas à un fichier par https"
                raise AbsentError(name, "adresse", problem, _TO_VERIFY) from error
            except OSError:
                reason = "les certificats que désigne l'environnement ne se lisent pas"
                self.away[host] = reason
            self._session.close()
            self._session = _session(replace(self.patience, attempts=1))
        raise UnreachableError(f"réseau inaccessible ({host} : {self.away[host]})")


def is_allowed(address: str) -> bool:
    """Whether an address is https, or of this machine."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if parts.scheme == "http":
        return parts.hostname in {"127.0.0.1", "localhost"}
    return parts.scheme == "https" and bool(parts.hostname)


# --- asking -------------------------------------------------------------------------------------

_TRANSIENT = (429, 500, 502, 503, 504)
_UNREACHABLE = (requests.ConnectionError, requests.Timeout, requests.exceptions.InvalidProxyURL)
_BROKEN = (requests.RequestException, urllib3.exceptions.HTTPError)

# The errors' own words are English, and may hold the password of a proxy.
_REASONS: dict[type[Exception], str] = {
    requests.exceptions.InvalidProxyURL: "l'adresse du serveur mandataire n'est pas valide",
    requests.exceptions.ProxyError: "le serveur mandataire ne laisse pas passer",
    requests.exceptions.SSLError: "certificat refusé",
    urllib3.exceptions.NameResolutionError: "nom introuvable",
    urllib3.exceptions.NewConnectionError: "connexion impossible",  # urllib3 2: a kind of timeout
    urllib3.exceptions.TimeoutError: "pas de réponse dans le délai",
    requests.Timeout: "pas de réponse dans le délai",
    requests.ConnectionError: "connexion rompue",
}


def _reason(error: Exception) -> str:
    """The first reason that fits the error, or the one that it carries."""
    cause = getattr(error.args[0] if error.args else None, "reason", None)
    return next(
        reason
        for kind, reason in _REASONS.items()
        if isinstance(error, kind) or isinstance(cause, kind)
    )


def _session(patience: Patience) -> requests.Session:
    retries = urllib3.Retry(
        total=patience.attempts - 1,
        connect=min(patience.attempts - 1, 2),  # each costs `connect_seconds` without a network
        other=0,  # a certificate or a proxy that refuses will refuse again
        allowed_methods=None,  # what is posted is a question: to ask it twice harms nothing
        status_forcelist=_TRANSIENT,
        backoff_factor=patience.backoff_seconds,
        retry_after_max=patience.longest_wait_seconds,
        raise_on_status=False,
    )
    session = requests.Session()
    session.headers["User-Agent"] = "observatoire-ctg"
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Transport(max_retries=retries))
    return session


class _Transport(HTTPAdapter):
    """It goes only where `is_allowed` says, wherever a redirection leads."""

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> Any:
        if not is_allowed(request.url or ""):
            raise requests.exceptions.InvalidSchema(request.url)
        return super().send(request, *args, **options)


# --- one answer ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Part:
    """What is received of a file; beside it, a note of what it is a part of."""

    path: Path
    address: str

    @property
    def note(self) -> Path:
        """The address, and the ETag or the date by which the server knows the file."""
        return self.path.with_name(f"{self.path.name}.json")

    def resume(self) -> tuple[int, dict[str, str]]:
        """The bytes that are there, and the headers that ask for the others; 0 to start anew."""
        try:
            size = self.path.stat().st_size
            note = json.loads(self.note.read_bytes())
            if size and note["adresse"] == self.address:
                return size, {"Range": f"bytes={size}-", "If-Range": str(note["validateur"])}
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            pass
        return 0, {}

    def begin(self, validator: str | None) -> None:
        """Start anew. The part is emptied first: the note must never be of older bytes."""
        self.path.write_bytes(b"")
        note = {"adresse": self.address, "validateur": validator}
        self.note.write_text(json.dumps(note if validator else {}), "utf-8")

    def discard(self) -> None:
        """Forget what was received."""
        self.path.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)


def _continues(response: requests.Response, size: int, validator: str) -> bool:
    """Whether an answer starts where the part ends, and is of the same file.

    Servers are seen to answer 206 in disregard of `If-Range`: the validator is compared here too.
    """
    starts = response.headers.get("Content-Range", "").startswith(f"bytes {size}-")
    return response.status_code == 206 and starts and _validator(response) in (None, validator)


def _validator(response: requests.Response) -> str | None:
    """What tells that a file is byte for byte the same: a strong ETag, or a date of change.

    A body encoded on the way (`Content-Encoding`) has none: its ranges are not those of the file.
    """
    etag = response.headers.get("ETag", "")
    if "Content-Encoding" in response.headers:
        return None
    return etag if etag.startswith('"') else response.headers.get("Last-Modified")


def _accept(name: str, part: _Part, response: requests.Response, expected: int) -> None:
    """Refuse an answer that is not the file, before reading it."""
    code = response.status_code
    if code != expected:
        remedy = "relancer plus tard" if code in _TRANSIENT else _TO_VERIFY
        problem = f"code {code} pour {part.address}"
        raise AbsentError(name, "réponse du serveur", problem, remedy)
    if response.headers.get("Content-Type", "").lower().startswith("text/html"):
        raise page_instead(name)


def _write(name: str, part: _Part, response: requests.Response, size: int) -> bool:
    """Add the body to the `size` bytes of the part; False if it breaks before the end."""
    total = _announced(response)
    bar = tqdm(
        total=total,
        initial=size,
        desc=name,
        unit="o",
        unit_scale=True,
        leave=False,
        disable=None,  # quiet where nobody looks
    )
    with part.path.open("ab") as out, bar as progress:
        try:
            for chunk in response.iter_content(CHUNK_BYTES):
                out.write(chunk)
                size += len(chunk)
                progress.update(len(chunk))
                if size > MOST_BYTES:
                    problem = f"plus de {MOST_BYTES >> 30} Gio"
                    raise SourceError(name, "réponse du serveur", problem, _TO_VERIFY)
        except _BROKEN:
            return False
        out.flush()
        os.fsync(out.fileno())
    return total in (None, size)


def _announced(response: requests.Response) -> int | None:
    """The size of the whole file in bytes, if the server gives it."""
    if "Content-Encoding" in response.headers:
        return None
    length = response.headers.get("Content-Length", "")
    if response.status_code == 206:
        length = response.headers.get("Content-Range", "").rpartition("/")[2]
    return int(length) if length.isdecimal() else None
