"""What is downloaded is whole, the file that is pinned, or said in one French line."""

import gzip
import hashlib
import json
import random
import shutil
import socket
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import xlsxwriter
from filelock import FileLock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines import fetch as module
from pipelines import network as network_module
from pipelines.errors import SourceError
from pipelines.fetch import Outcome, cached, fetch, latest, main
from pipelines.ingest.containers import opened
from pipelines.network import CHUNK_BYTES, Network, Patience
from pipelines.settings import ROOT
from pipelines.sources import CataloguedFile, Publication, publications

CONTENT = random.Random(2019).randbytes(5 * CHUNK_BYTES + 1234)
REVISED = random.Random(2020).randbytes(4 * CHUNK_BYTES + 99)
NAME = "base ic.csv"  # its address escapes the space
QUICK = Patience(
    attempts=3,
    backoff_seconds=0.001,
    longest_wait_seconds=0,
    connect_seconds=1,
    read_seconds=1,
    lock_seconds=0.1,
)


# --- a publisher's server, and its quirks -------------------------------------------------------


@dataclass
class Quirk:
    """How the server answers one request, where it does not do as it should."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None  # bytes of the body after which the connection breaks
    ignores_if_range: bool = False
    skips: int = 0  # bytes by which the partial answer misses what was asked
    before: Callable[[], Any] = lambda: None


@dataclass
class Asked:
    """One request, and how many bytes of the file answered it."""

    path: str
    range: str | None
    if_range: str | None
    sent: int = 0


class Publisher(ThreadingHTTPServer):
    """A server of one file, on this machine."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what some tests want."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = CONTENT
        self.headers: dict[str, str] = {"ETag": '"un"'}
        self.quirks: list[Quirk] = []
        self.asked: list[Asked] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/fichier/1893204/base%20ic.csv"

    @property
    def bodies(self) -> int:
        """The bytes of the file that were sent in all."""
        return sum(asked.sent for asked in self.asked)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Publisher

    def do_GET(self) -> None:
        server = self.server
        asked = Asked(self.path, self.headers.get("Range"), self.headers.get("If-Range"))
        server.asked.append(asked)
        quirk = server.quirks.pop(0) if server.quirks else Quirk()
        quirk.before()
        if quirk.status:
            self.answer(quirk.status, quirk.headers, b"")
            return
        start = 0
        same = quirk.ignores_if_range or asked.if_range in server.headers.values()
        if asked.range and same:
            start = int(asked.range.removeprefix("bytes=").removesuffix("-")) + quirk.skips
        length = len(server.content)
        if start >= length:
            self.answer(416, {"Content-Range": f"bytes */{length}"}, b"")
            return
        headers = server.headers | quirk.headers
        if start:
            headers |= {"Content-Range": f"bytes {start}-{length - 1}/{length}"}
        body = server.content[start:]
        asked.sent = len(body[: quirk.cut])
        self.answer(206 if start else 200, headers, body, quirk.cut)

    def answer(
        self, status: int, headers: dict[str, str], body: bytes, cut: int | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[:cut])
        self.close_connection = cut is not None

    def do_CONNECT(self) -> None:
        """As the proxy of an organisation that lets nothing through."""
        self.server.asked.append(Asked(self.path, None, None))
        self.answer(403, {}, b"")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with Publisher() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(autouse=True)
def no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


# --- what is asked for --------------------------------------------------------------------------


def offered(
    adresse: str | None, name: str = "insee_population_2019", **said: Any
) -> CataloguedFile:
    """A publication of the catalogue, which itself takes only addresses in https."""
    titre = "Évolution et structure de la population en 2019"
    known = {"jeu": name.rpartition("_")[0], "titre": titre, "adresse": adresse} | said
    return CataloguedFile(name, Publication.model_construct(**known))


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def pinned(
    publisher: Publisher, content: bytes = CONTENT, name: str = "insee_population_2019"
) -> CataloguedFile:
    return offered(publisher.address, name, octets=len(content), sha256=digest(content))


def silent(_: str) -> None:
    """Where a test does not look at what is said."""


def bring(
    wanted: CataloguedFile,
    cache: Path,
    *,
    report: Callable[[str], None] = silent,
    network: Network | None = None,
    patience: Patience = QUICK,
) -> Outcome:
    through = network or Network(patience)
    (outcome,) = fetch([wanted], cache, report=report, network=through)
    return outcome


def left_in(cache: Path, wanted: CataloguedFile) -> set[str]:
    """The names of what is in the folder of a publication, its lock left aside."""
    return {path.name for path in (cache / wanted.publication_id).iterdir()} - {"verrou"}


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def interrupted(publisher: Publisher, cache: Path, cut: int = 3 * CHUNK_BYTES) -> int:
    """Break a first download for good; return how many bytes it left."""
    publisher.quirks = [Quirk(cut=cut)]
    outcome = bring(pinned(publisher), cache, patience=replace(QUICK, attempts=1))
    assert outcome.state == "échec"
    assert not outcome.refused
    assert cached(pinned(publisher), cache) is None
    publisher.asked.clear()
    return (cache / outcome.publication_id / f"{NAME}.part").stat().st_size


# --- the cache ----------------------------------------------------------------------------------


def test_what_is_missing_is_downloaded_and_then_in_the_cache(
    publisher: Publisher, tmp_path: Path
) -> None:
    entry = pinned(publisher)
    assert cached(entry, tmp_path) is None
    outcome = bring(entry, tmp_path / "new" / "cache")
    path = tmp_path / "new" / "cache" / entry.publication_id / NAME
    assert outcome == Outcome(
        entry.publication_id,
        "téléchargé",
        path,
        f"{entry.publication_id} : téléchargé (0,3 Mo), conforme",
    )
    assert path.read_bytes() == CONTENT
    assert cached(entry, tmp_path / "new" / "cache") == path
    assert left_in(tmp_path / "new" / "cache", entry) == {NAME}


def test_what_is_already_there_is_neither_asked_nor_written_again(
    publisher: Publisher, tmp_path: Path
) -> None:
    entry = pinned(publisher)
    path = tmp_path / entry.publication_id / NAME
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    assert bring(entry, tmp_path).state == "déjà là"
    assert list(path.parent.iterdir()) == [path]
    assert publisher.asked == []


def test_a_file_of_another_size_is_absent(publisher: Publisher, tmp_path: Path) -> None:
    path = tmp_path / pinned(publisher).publication_id / NAME
    path.parent.mkdir()
    path.write_bytes(CONTENT[:-1])
    assert cached(pinned(publisher), tmp_path) is None
    assert cached(offered(publisher.address), tmp_path) == path


def test_a_file_of_the_right_size_but_not_the_right_one_is_replaced(
    publisher: Publisher, tmp_path: Path
) -> None:
    path = tmp_path / pinned(publisher).publication_id / NAME
    path.parent.mkdir()
    path.write_bytes(bytes(len(CONTENT)))
    assert bring(pinned(publisher), tmp_path).state == "téléchargé"
    assert path.read_bytes() == CONTENT


def test_an_unpinned_file_is_taken_and_its_fingerprint_given_to_pin(
    publisher: Publisher, tmp_path: Path
) -> None:
    outcome = bring(offered(publisher.address), tmp_path)
    assert outcome.state == "téléchargé"
    assert f"empreinte à épingler : {digest(CONTENT)}" in outcome.message


def test_nothing_is_asked_for_an_entry_without_address(tmp_path: Path) -> None:
    outcome = bring(offered(None), tmp_path)
    assert (outcome.state, outcome.path, outcome.refused) == ("sans adresse", None, False)
    assert offered(None).titre in outcome.message
    assert list(tmp_path.iterdir()) == []


def test_no_progress_is_drawn_where_nobody_looks(
    publisher: Publisher, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    bring(pinned(publisher), tmp_path)
    assert capfd.readouterr() == ("", "")


# --- connections that break ---------------------------------------------------------------------


def test_a_broken_connection_is_resumed_within_the_call(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.quirks = [Quirk(cut=2 * CHUNK_BYTES), Quirk(cut=CHUNK_BYTES)]
    assert bring(pinned(publisher), tmp_path).state == "téléchargé"
    assert [asked.range for asked in publisher.asked] == [
        None,
        f"bytes={2 * CHUNK_BYTES}-",
        f"bytes={3 * CHUNK_BYTES}-",
    ]
    assert {asked.if_range for asked in publisher.asked[1:]} == {'"un"'}
    assert publisher.bodies == len(CONTENT)


def test_a_later_call_asks_only_for_the_missing_bytes(publisher: Publisher, tmp_path: Path) -> None:
    size = interrupted(publisher, tmp_path)
    assert 0 < size < len(CONTENT)
    outcome = bring(pinned(publisher), tmp_path)
    assert outcome.state == "téléchargé"
    assert [asked.range for asked in publisher.asked] == [f"bytes={size}-"]
    assert publisher.bodies == len(CONTENT) - size
    assert left_in(tmp_path, pinned(publisher)) == {NAME}


@settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cuts=st.lists(st.integers(0, len(CONTENT) - 1), max_size=3))
def test_wherever_it_breaks_the_file_is_whole(
    publisher: Publisher, tmp_path_factory: pytest.TempPathFactory, cuts: list[int]
) -> None:
    publisher.quirks = [Quirk(cut=cut) for cut in cuts]
    patience = replace(QUICK, attempts=len(cuts) + 1)
    outcome = bring(offered(publisher.address), tmp_path_factory.mktemp("cache"), patience=patience)
    assert outcome.path is not None
    assert outcome.path.read_bytes() == CONTENT
    publisher.quirks.clear()


def test_a_connection_that_always_breaks_is_left_and_its_part_is_kept(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.quirks = [Quirk(cut=CHUNK_BYTES)] * 9
    outcome = bring(pinned(publisher), tmp_path)
    assert (outcome.state, outcome.refused) == ("échec", False)
    assert "la connexion s'est rompue 3 fois" in outcome.message
    assert len(publisher.asked) == 3
    assert left_in(tmp_path, pinned(publisher)) == {f"{NAME}.part", f"{NAME}.part.json"}


def test_a_server_that_sends_less_than_the_range_is_asked_for_the_rest(
    publisher: Publisher, tmp_path: Path
) -> None:
    size = interrupted(publisher, tmp_path)
    # The body of this partial answer is whole for its Content-Length, and short of the file.
    short = {"Content-Length": str(CHUNK_BYTES)}
    publisher.quirks = [Quirk(headers=short, cut=CHUNK_BYTES)]
    assert bring(pinned(publisher), tmp_path).state == "téléchargé"
    assert [asked.range for asked in publisher.asked] == [
        f"bytes={size}-",
        f"bytes={size + CHUNK_BYTES}-",
    ]


def revise(publisher: Publisher) -> None:
    publisher.content = REVISED
    publisher.headers = {"ETag": '"deux"'}


def test_a_file_that_changed_meanwhile_starts_anew(publisher: Publisher, tmp_path: Path) -> None:
    interrupted(publisher, tmp_path)
    revise(publisher)
    outcome = bring(pinned(publisher, REVISED), tmp_path)
    assert outcome.state == "téléchargé"
    assert [asked.sent for asked in publisher.asked] == [len(REVISED)]


def test_a_server_that_continues_another_file_is_not_followed(
    publisher: Publisher, tmp_path: Path
) -> None:
    interrupted(publisher, tmp_path)
    revise(publisher)
    publisher.quirks = [Quirk(ignores_if_range=True)]
    assert bring(pinned(publisher, REVISED), tmp_path).state == "téléchargé"
    assert [asked.range is None for asked in publisher.asked] == [False, True]


def test_a_server_that_continues_from_elsewhere_is_not_followed(
    publisher: Publisher, tmp_path: Path
) -> None:
    interrupted(publisher, tmp_path)
    publisher.quirks = [Quirk(skips=10)]
    assert bring(pinned(publisher), tmp_path).state == "téléchargé"
    assert [asked.range is None for asked in publisher.asked] == [False, True]


def test_a_part_that_was_already_whole_starts_anew(publisher: Publisher, tmp_path: Path) -> None:
    interrupted(publisher, tmp_path)
    (tmp_path / pinned(publisher).publication_id / f"{NAME}.part").write_bytes(CONTENT)
    assert bring(pinned(publisher), tmp_path).state == "téléchargé"
    assert [asked.range for asked in publisher.asked] == [f"bytes={len(CONTENT)}-", None]


@pytest.mark.parametrize(
    ("headers", "if_range"),
    [
        ({"ETag": '"un"', "Last-Modified": "hier"}, '"un"'),
        ({"ETag": 'W/"un"', "Last-Modified": "hier"}, "hier"),
        ({"ETag": 'W/"un"'}, None),
        ({}, None),
    ],
)
def test_only_what_proves_the_same_bytes_lets_a_download_resume(
    headers: dict[str, str], if_range: str | None, publisher: Publisher, tmp_path: Path
) -> None:
    publisher.headers = headers
    interrupted(publisher, tmp_path)
    assert bring(pinned(publisher), tmp_path).state == "téléchargé"
    assert [asked.if_range for asked in publisher.asked] == [if_range]


def test_a_body_encoded_on_the_way_is_taken_decoded_and_never_resumed(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.content = gzip.compress(CONTENT)
    publisher.headers["Content-Encoding"] = "gzip"
    publisher.quirks = [Quirk(cut=3 * CHUNK_BYTES)]
    assert bring(pinned(publisher), tmp_path).state == "téléchargé"
    assert [asked.range for asked in publisher.asked] == [None, None]


@pytest.mark.parametrize(
    "note",
    [
        "[]",
        "{",
        "{}",
        json.dumps({"adresse": "https://www.example.org/autre.csv", "validateur": '"un"'}),
    ],
)
def test_a_part_of_unknown_origin_starts_anew(
    note: str, publisher: Publisher, tmp_path: Path
) -> None:
    interrupted(publisher, tmp_path)
    folder = tmp_path / pinned(publisher).publication_id
    (folder / f"{NAME}.part.json").write_text(note, "utf-8")
    assert bring(pinned(publisher), tmp_path).state == "téléchargé"
    assert [asked.range for asked in publisher.asked] == [None]


# --- servers that do not give the file ----------------------------------------------------------


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_is_busy_twice_is_asked_three_times(
    status: int, publisher: Publisher, tmp_path: Path
) -> None:
    publisher.quirks = [Quirk(status, {"Retry-After": "86400"})] * 2
    assert bring(pinned(publisher), tmp_path).state == "téléchargé"
    assert len(publisher.asked) == 3


def test_a_server_that_stays_busy_is_left_for_later(publisher: Publisher, tmp_path: Path) -> None:
    publisher.quirks = [Quirk(503)] * 9
    said: list[str] = []
    outcome = bring(pinned(publisher), tmp_path, report=said.append)
    assert (outcome.state, outcome.refused) == ("échec", False)
    assert "code 503" in outcome.message
    assert "relancer plus tard" in outcome.message
    assert said == [outcome.message]
    assert len(publisher.asked) == 3


def test_an_address_that_is_gone_is_asked_once(publisher: Publisher, tmp_path: Path) -> None:
    publisher.quirks = [Quirk(404)]
    outcome = bring(pinned(publisher), tmp_path)
    assert (outcome.state, outcome.refused) == ("échec", False)
    assert f"code 404 pour {publisher.address}. Remède : vérifier cette adresse" in outcome.message
    assert len(publisher.asked) == 1


@pytest.mark.parametrize(
    "page", [b"<!DOCTYPE html><p>Maintenance</p>", b"\xef\xbb\xbf\r\n <HTML lang='fr'>"]
)
def test_a_page_in_place_of_the_file_is_refused(
    page: bytes, publisher: Publisher, tmp_path: Path
) -> None:
    publisher.content = page
    outcome = bring(offered(publisher.address), tmp_path)
    assert (outcome.state, outcome.path, outcome.refused) == ("échec", None, True)
    assert "c'est une page web" in outcome.message
    assert left_in(tmp_path, pinned(publisher)) == set()


def test_what_says_it_is_a_page_is_refused_before_it_is_read(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.headers["Content-Type"] = "text/html; charset=utf-8"
    outcome = bring(pinned(publisher), tmp_path)
    assert outcome.refused
    assert "c'est une page web" in outcome.message
    assert left_in(tmp_path, pinned(publisher)) == set()


def test_a_file_that_is_not_the_pinned_one_leaves_nothing_under_its_name(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.content = REVISED
    outcome = bring(pinned(publisher), tmp_path)
    assert (outcome.state, outcome.path, outcome.refused) == ("échec", None, True)
    for said in (digest(CONTENT), digest(REVISED), str(len(CONTENT)), str(len(REVISED))):
        assert said in outcome.message
    assert (
        "vérifier l'entrée du catalogue : l'éditeur a peut-être révisé le fichier ; "
        "si oui, ajouter l'édition" in outcome.message
    )
    assert left_in(tmp_path, pinned(publisher)) == set()


@pytest.mark.parametrize(
    ("octets", "sha256"), [(len(CONTENT), None), (None, digest(CONTENT))], ids=["octets", "sha256"]
)
def test_one_pin_is_enough_to_refuse(
    octets: int | None, sha256: str | None, publisher: Publisher, tmp_path: Path
) -> None:
    publisher.content = REVISED
    entry = offered(publisher.address, octets=octets, sha256=sha256)
    assert bring(entry, tmp_path).refused


def test_a_file_too_large_is_refused(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network_module, "MOST_BYTES", len(CONTENT) - 1)
    assert bring(pinned(publisher), tmp_path).refused
    assert left_in(tmp_path, pinned(publisher)) == set()


# --- archives -----------------------------------------------------------------------------------

TABLE = b"IRIS;P19_POP\n" + b"".join(b"5935%05d;%d\n" % (n, n * n % 3001) for n in range(9000))
NOTES = b"Ce que contient la base\n"


def archive_of(members: dict[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def zipped(publisher: Publisher, content: bytes, **said: Any) -> CataloguedFile:
    publisher.content = content
    pins: dict[str, Any] = {"membre": "base.csv", "octets": len(TABLE), "sha256": digest(TABLE)}
    return offered(publisher.address.replace(".csv", ".zip"), **(pins | said))


def test_what_is_pinned_is_the_member_and_not_the_archive(
    publisher: Publisher, tmp_path: Path
) -> None:
    content = archive_of({"lisez-moi.txt": NOTES, "base.csv": TABLE})
    entry = zipped(publisher, content)
    outcome = bring(entry, tmp_path)
    assert outcome.state == "téléchargé"
    assert outcome.path is not None
    assert outcome.path.read_bytes() == content
    assert opened(outcome.path, "base.csv").data == TABLE
    assert cached(entry, tmp_path) == outcome.path
    assert cached(zipped(publisher, content, octets=len(TABLE) + 1), tmp_path) is None
    assert bring(entry, tmp_path).state == "déjà là"


def test_another_member_than_the_pinned_one_is_refused(
    publisher: Publisher, tmp_path: Path
) -> None:
    entry = zipped(publisher, archive_of({"base.csv": TABLE.replace(b"59", b"62")}))
    outcome = bring(entry, tmp_path)
    assert outcome.refused
    assert digest(TABLE) in outcome.message
    assert left_in(tmp_path, entry) == set()


def test_a_workbook_is_itself_the_data_file(publisher: Publisher, tmp_path: Path) -> None:
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet("Emboîtements").write(0, 0, "CODE_IRIS")
    publisher.content = out.getvalue()
    outcome = bring(pinned(publisher, out.getvalue()), tmp_path)
    assert outcome.message.endswith(", conforme")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (archive_of({"base.csv": TABLE, "../../evade.csv": NOTES}), "son chemin sort de l'archive"),
        (archive_of({"base.csv": bytes(5_000_000)}), "c'est une bombe"),
        (archive_of({"autre.csv": TABLE}), "elle contient autre.csv"),
        (archive_of({"base.csv": TABLE})[:-30], "elle est tronquée"),
        (TABLE, "ce n'est pas une archive"),
    ],
)
def test_an_archive_that_cannot_be_trusted_is_refused_and_leaves_nothing(
    content: bytes, said: str, publisher: Publisher, tmp_path: Path
) -> None:
    wanted = zipped(publisher, content)
    outcome = bring(wanted, tmp_path)
    assert (outcome.state, outcome.refused) == ("échec", True)
    assert said in outcome.message
    assert left_in(tmp_path, wanted) == set()


# --- no network ---------------------------------------------------------------------------------

GOES_ON = "le rafraîchissement continue avec les fichiers déjà là"


def test_without_network_one_line_says_so_for_all(tmp_path: Path) -> None:
    port = closed_port()
    entries = [
        offered(f"http://127.0.0.1:{port}/{name}.csv", f"insee_{name}") for name in ("a", "b", "c")
    ]
    said: list[str] = []
    outcomes = fetch(entries, tmp_path, report=said.append, network=Network(QUICK))
    assert said == [f"réseau inaccessible (127.0.0.1:{port} : connexion impossible) : {GOES_ON}"]
    assert [outcome.publication_id for outcome in outcomes] == ["insee_a", "insee_b", "insee_c"]
    assert {(outcome.state, outcome.refused) for outcome in outcomes} == {("échec", False)}


@pytest.fixture
def hanging_up() -> Iterator[Callable[[], tuple[int, list[int]]]]:
    """Makes ports where whoever connects is hung up on; each with the list of its calls."""
    sockets = []

    def listen() -> tuple[int, list[int]]:
        server = socket.create_server(("127.0.0.1", 0))
        sockets.append(server)
        calls: list[int] = []
        threading.Thread(target=answer, args=(server, calls), daemon=True).start()
        return int(server.getsockname()[1]), calls

    def answer(server: socket.socket, calls: list[int]) -> None:
        while True:
            try:
                call, _ = server.accept()
            except OSError:
                return
            calls.append(1)
            call.close()

    yield listen
    for server in sockets:
        server.close()


def test_once_a_host_is_away_the_others_are_asked_once_and_served_if_they_answer(
    hanging_up: Callable[[], tuple[int, list[int]]], publisher: Publisher, tmp_path: Path
) -> None:
    (first, first_calls), (second, second_calls) = hanging_up(), hanging_up()
    entries = [
        offered(f"http://127.0.0.1:{first}/a.csv", "a"),
        offered(f"http://127.0.0.1:{first}/b.csv", "b"),
        offered(f"http://127.0.0.1:{second}/c.csv", "c"),
        offered(f"http://127.0.0.1:{second}/d.csv", "d"),
        pinned(publisher, name="e"),
    ]
    said: list[str] = []
    outcomes = fetch(entries, tmp_path, report=said.append, network=Network(QUICK))
    assert [outcome.state for outcome in outcomes] == ["échec"] * 4 + ["téléchargé"]
    assert (len(first_calls), len(second_calls)) == (QUICK.attempts, 1)
    assert said == [
        "e : téléchargé (0,3 Mo), conforme",
        f"réseau inaccessible (127.0.0.1:{first} : connexion rompue ; "
        f"127.0.0.1:{second} : connexion rompue) : {GOES_ON}",
    ]


def test_a_name_that_is_not_found_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    outcome = bring(offered("https://www.example.org/a.csv"), tmp_path)
    assert outcome.message == "réseau inaccessible (www.example.org : nom introuvable)"


def test_a_server_that_does_not_answer_is_left(publisher: Publisher, tmp_path: Path) -> None:
    publisher.quirks = [Quirk(before=partial(time.sleep, 0.3))]
    patience = replace(QUICK, attempts=1, read_seconds=0.05)
    outcome = bring(pinned(publisher), tmp_path, patience=patience)
    assert "pas de réponse dans le délai" in outcome.message


@pytest.mark.parametrize("proxy", ["closed", "refuses"])
def test_a_proxy_that_lets_nothing_through_is_said_without_its_password(
    proxy: str, publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = closed_port() if proxy == "closed" else publisher.server_port
    monkeypatch.setenv("https_proxy", f"http://jeanne:exemple@127.0.0.1:{port}")
    said: list[str] = []
    outcome = bring(offered("https://www.example.org/a.csv"), tmp_path, report=said.append)
    reason = "www.example.org : le serveur mandataire ne laisse pas passer"
    assert outcome.message == f"réseau inaccessible ({reason})"
    assert said == [f"réseau inaccessible ({reason}) : {GOES_ON}"]
    asked = [] if proxy == "closed" else ["www.example.org:443"]
    assert [request.path for request in publisher.asked] == asked


def test_certificates_that_cannot_be_read_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "absent.pem"))
    outcome = bring(offered("https://www.example.org/a.csv"), tmp_path / "cache")
    assert "les certificats que désigne l'environnement ne se lisent pas" in outcome.message


class Unused(Network):
    """A network that nothing should be asked of."""

    def received(self, *_: Any, **__: Any) -> Any:
        raise AssertionError


@pytest.mark.parametrize(
    "address",
    [
        "http://www.example.org/a.csv",
        "ftp://www.example.org/a.csv",
        "http://localhost@www.example.org/a.csv",
        "file:///etc/passwd",
        "https:///a.csv",
        "https://[1/a.csv",
        "https://www.example.org/",
        "https://www.example.org/..",
        "https://www.example.org/%2e%2e%2fa.csv",
        "https://www.example.org/..%5Ca.csv",
        "https://www.example.org/a%00.csv",
    ],
)
def test_an_address_that_is_not_of_a_file_by_https_is_not_asked(
    address: str, tmp_path: Path
) -> None:
    outcome = bring(offered(address), tmp_path, network=Unused())
    assert "elle n'est pas en https, ou ne nomme aucun fichier" in outcome.message
    assert cached(offered(address), tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_a_redirection_is_followed_but_not_out_of_https(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.quirks = [Quirk(302, {"Location": "/ailleurs/base.csv"})]
    assert bring(pinned(publisher), tmp_path / "1").state == "téléchargé"
    publisher.quirks = [Quirk(302, {"Location": "http://www.example.org/base.csv"})]
    outcome = bring(pinned(publisher), tmp_path / "2")
    assert "elle ne mène pas à un fichier par https" in outcome.message


# --- the disk -----------------------------------------------------------------------------------


@pytest.mark.skipif(not Path("/sys").is_dir(), reason="sans /sys, où personne n'écrit")
def test_a_cache_that_cannot_be_written_is_said_before_anything_is_asked(
    publisher: Publisher,
) -> None:
    with pytest.raises(SourceError, match=r"on ne peut pas y lire ou y écrire.*OBSERVATOIRE_CACHE"):
        bring(pinned(publisher), Path("/sys/observatoire"))
    assert publisher.asked == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="sans /dev/full, un disque plein")
def test_a_full_disk_is_said(publisher: Publisher, tmp_path: Path) -> None:
    folder = tmp_path / pinned(publisher).publication_id
    folder.mkdir()
    (folder / f"{NAME}.part").symlink_to("/dev/full")
    with pytest.raises(SourceError, match=r"le disque est plein.*libérer de la place"):
        bring(pinned(publisher), tmp_path)
    assert cached(pinned(publisher), tmp_path) is None


def test_two_downloads_at_once_are_one(publisher: Publisher, tmp_path: Path) -> None:
    publisher.quirks = [Quirk(before=partial(time.sleep, 0.1))]
    patience = replace(QUICK, lock_seconds=10)
    with ThreadPoolExecutor(2) as both:
        tasks = [both.submit(bring, pinned(publisher), tmp_path, patience=patience) for _ in "12"]
    assert sorted(task.result().state for task in tasks) == ["déjà là", "téléchargé"]
    assert publisher.bodies == len(CONTENT)


def test_a_process_that_never_ends_is_not_waited_for_for_ever(
    publisher: Publisher, tmp_path: Path
) -> None:
    folder = tmp_path / pinned(publisher).publication_id
    folder.mkdir()
    outcomes = []

    def wait() -> None:
        outcomes.append(bring(pinned(publisher), tmp_path))

    with FileLock(folder / "verrou"):
        other = threading.Thread(target=wait)
        other.start()
        other.join()
    assert "un autre processus l'occupe depuis plus de 0.1 s" in outcomes[0].message
    assert publisher.asked == []


# --- the command --------------------------------------------------------------------------------

Catalogue = Callable[..., None]


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    """Makes the catalogue hold what is given, the cache a folder of the test, and no registry."""
    monkeypatch.setenv("OBSERVATOIRE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(module, "Network", partial(Network, QUICK))
    no_registry = SimpleNamespace(asked=lambda: None)
    monkeypatch.setitem(sys.modules, "pipelines.ingest.placements", no_registry)

    def hold(*entries: CataloguedFile) -> None:
        known = {entry.publication_id: entry for entry in entries}
        monkeypatch.setattr(module, "publications", lambda: known)

    return hold


def test_the_command_says_a_line_for_each_and_a_summary(
    publisher: Publisher, catalogue: Catalogue, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = pinned(publisher, name="insee_a")
    bring(there, tmp_path / "cache")
    places = offered(None, "cnaf_c", titre="Places")
    catalogue(there, pinned(publisher, name="insee_b"), places)
    assert main(["insee_a", "insee_b", "cnaf_c"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "insee_a : déjà là",
        "insee_b : téléchargé (0,3 Mo), conforme",
        "cnaf_c : sans adresse, rien à télécharger (Places)",
        "Publications – déjà là : 1, téléchargé : 1, sans adresse : 1.",
    ]


def test_the_command_brings_what_it_is_asked_for_or_all_that_has_an_address(
    publisher: Publisher, catalogue: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["a", "b", "c"]
    catalogue(*(pinned(publisher, name=name) for name in names), offered(None, "d"))
    assert main(["b"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Publications – téléchargé : 1."
    assert main(["--tout"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "Publications – téléchargé : 2, déjà là : 1."


def test_the_command_says_which_names_the_catalogue_does_not_have(
    catalogue: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    catalogue(offered(None, "insee_a"))
    assert main(["insee_z"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "Pas au catalogue : insee_z.",
        "Le catalogue décrit : insee_a.",
    ]


def test_the_command_succeeds_without_network(
    catalogue: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    host = f"127.0.0.1:{closed_port()}"
    catalogue(offered(f"http://{host}/a.csv", "a"), offered(f"http://{host}/b.csv", "b"))
    assert main(["--tout"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.splitlines() == [
        f"réseau inaccessible ({host} : connexion impossible) : {GOES_ON}",
        "Publications – échec : 2. Manquent : a, b.",
    ]


def test_the_command_fails_when_a_file_is_refused(
    publisher: Publisher, catalogue: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    catalogue(pinned(publisher, REVISED))
    assert main(["--tout"]) == 1
    assert digest(REVISED) in capsys.readouterr().out


def test_the_command_says_that_the_cache_cannot_be_used(
    publisher: Publisher, catalogue: Catalogue, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    catalogue(pinned(publisher))
    (tmp_path / "cache").write_text("un fichier")
    assert main(["--tout"]) == 1
    error = capsys.readouterr().err
    assert "on ne peut pas y lire ou y écrire" in error
    assert len(error.splitlines()) == 1


# --- what is brought by default -----------------------------------------------------------------


def test_the_last_vintage_that_has_an_address_is_brought_of_each_data_set_but_those_covered() -> (
    None
):
    https = "https://www.example.org/a.zip"
    known = [
        offered(https, "bpe_2021", jeu="bpe", millesime=2021),
        offered(https, "bpe_2020", jeu="bpe", millesime=2020),
        offered(None, "bpe_2022", jeu="bpe", millesime=2022),
        offered(https, "revenus_2020", jeu="revenus", millesime=2020),
        offered(https, "revenus_communes_2020", jeu="revenus", millesime=2020),
        offered(https, "iris_2023", jeu="iris", millesime=2023),
        offered(None, "naissances_2024", jeu="naissances", millesime=2024),
    ]
    chosen = [entry.publication_id for entry in latest(known, besides={"iris"})]
    assert chosen == ["bpe_2021", "revenus_2020", "revenus_communes_2020"]


@pytest.fixture
def wanted_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], set[str]]:
    """What the command asks for a convention where only one extract is, that of Lille."""
    sources = tmp_path / "sources"
    shutil.copytree(ROOT / "sources" / "conventions", sources / "conventions")
    extract = "base-ic-evol-struct-pop-2019.csv"
    for name in ("catalogue.yml", f"insee/{extract}", f"insee/{extract}.fiche.yml"):
        (sources / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / "sources" / name, sources / name)
    monkeypatch.setenv("OBSERVATOIRE_SOURCES", str(sources))
    asked: list[str] = []

    def remember(wanted: list[CataloguedFile], *_: Any, **__: Any) -> tuple[Outcome, ...]:
        asked[:] = [entry.publication_id for entry in wanted]
        return ()

    monkeypatch.setattr(module, "fetch", remember)

    def ask(convention: str) -> set[str]:
        monkeypatch.setenv("OBSERVATOIRE_CONVENTION", convention)
        assert main([]) == 0
        return set(asked)

    return ask


@pytest.mark.usefixtures("catalogue")
def test_what_an_extract_covers_is_not_asked_but_for_a_territory_that_goes_beyond_it(
    wanted_in: Callable[[str], set[str]], tmp_path: Path
) -> None:
    population = [name for name in publications() if name.startswith("insee_population_")]
    last = publications()[max(population)]
    assert not wanted_in("lille-2021") & set(population)
    assert wanted_in("roubaix") & set(population) == {last.publication_id}
    assert wanted_in("mel") & set(population) == {last.publication_id}
    whole = tmp_path / "cache" / last.publication_id / str(last.adresse).rpartition("/")[2]
    whole.parent.mkdir(parents=True)
    whole.write_bytes(archive_of({str(last.membre): TABLE}))
    assert not wanted_in("roubaix") & set(population)
    assert any(name.startswith("insee_familles_") for name in wanted_in("lille-2021"))
