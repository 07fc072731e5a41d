"""The national address service is sent addresses alone, and only an answer to them is kept."""

import csv
import hashlib
import io
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from email.message import Message
from email.parser import BytesParser
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipelines import fetch as module
from pipelines.fetch import locate, main
from pipelines.network import CHUNK_BYTES, Network, Patience
from pipelines.placement import read_national

QUICK = Patience(
    attempts=3, backoff_seconds=0.001, longest_wait_seconds=0, connect_seconds=1, read_seconds=1
)
COLUMNS = ["ligne_id", "rang", "adresse", "commune", "citycode"]
ROWS = [
    ["LIL-001", "1", "2 rue André Gide", "Lille", "59350"],
    ["HEM-004", "1", "12, rue Jean Jaurès", "Hellemmes", "59350"],
    ["HEM-004", "2", "impasse inconnue", "Hellemmes", "59350"],
]
# The columns that the service adds, and what it says of an address that it knows.
FOUND = {
    "longitude": "3.067372",
    "latitude": "50.627078",
    "result_score": "0.9747481818181817",
    "result_score_next": "",
    "result_label": "2 Rue André Gide 59000 Lille",
    "result_type": "housenumber",
    "result_id": "59350_0000_00002",
    "result_banId": "",
    "result_housenumber": "2",
    "result_name": "2 Rue André Gide",
    "result_street": "Rue André Gide",
    "result_postcode": "59000",
    "result_city": "Lille",
    "result_context": "59, Nord, Hauts-de-France",
    "result_citycode": "59350",
    "result_oldcitycode": "59350",
    "result_oldcity": "Lille",
    "result_district": "",
    "result_status": "ok",
}
UNKNOWN = dict.fromkeys(FOUND, "") | {"result_status": "not-found"}
FAILED = UNKNOWN | {"result_status": "error"}


def table(columns: list[str], rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([columns, *rows])
    return out.getvalue().encode()


def answer(*said: dict[str, str], rows: list[list[str]] = ROWS) -> bytes:
    """The rows that were asked, each with what the service says of it."""
    given = [[*row, *one.values()] for row, one in zip(rows, said, strict=True)]
    return table([*COLUMNS, *FOUND], given)


ASKED = table(COLUMNS, ROWS)
ANSWER = answer(FOUND, FOUND, UNKNOWN)
SAID = "adresses du registre : le service national en localise 2 sur 3"


class Service(ThreadingHTTPServer):
    """The national address service, on this machine."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what some tests want."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = ANSWER
        self.kind = "text/csv; charset=utf-8"
        self.codes: list[int] = []  # of the first answers; then 200
        self.cuts: list[int] = []  # the bytes after which the first bodies break
        self.posted: list[Message] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/geocodage/search/csv"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Service

    def do_POST(self) -> None:
        server, kind = self.server, self.headers["Content-Type"]
        assert "Range" not in self.headers
        body = self.rfile.read(int(self.headers["Content-Length"]))
        form = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
        server.posted.append(form)
        code = server.codes.pop(0) if server.codes else 200
        content = server.content if code == 200 else b""
        self.send_response(code)
        self.send_header("Content-Type", server.kind)
        self.send_header("ETag", '"un"')
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        cut = server.cuts.pop(0) if server.cuts else None
        self.wfile.write(content[:cut])
        self.close_connection = cut is not None

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


def fields(form: Message) -> list[tuple[str, bytes]]:
    """The fields of a form that was posted: the name of each, and its content."""
    return [
        (
            str(part.get_param("name", header="Content-Disposition")),
            bytes(part.get_payload(decode=True)),
        )
        for part in form.walk()
        if not part.is_multipart()
    ]


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(autouse=True)
def no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


Ask = Callable[..., tuple[Path | None, list[str]]]


@pytest.fixture
def ask(service: Service, tmp_path: Path) -> Ask:
    """Asks where addresses are: the answer, and what was said."""

    def ask(asked: bytes = ASKED, address: str | None = None) -> tuple[Path | None, list[str]]:
        said: list[str] = []
        where = address or service.address
        through = Network(QUICK)
        path = locate(
            asked, tmp_path, name="lille-2021", report=said.append, address=where, network=through
        )
        return path, said

    return ask


def kept(cache: Path) -> dict[str, bytes]:
    """What is kept of the answers, the lock left aside."""
    files = [path for path in (cache / "adresses").iterdir() if path.name != "verrou"]
    return {path.name: path.read_bytes() for path in files}


def fingerprint(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


# --- what is asked, and kept --------------------------------------------------------------------


def test_the_service_is_posted_the_addresses_and_told_which_columns_to_search(
    ask: Ask, service: Service
) -> None:
    ask()
    assert [fields(form) for form in service.posted] == [
        [
            ("data", ASKED),
            ("columns", b"adresse"),
            ("columns", b"commune"),
            ("citycode", b"citycode"),
        ]
    ]


def test_the_answer_is_kept_as_it_came_beside_the_fingerprint_of_what_was_asked(
    ask: Ask, tmp_path: Path
) -> None:
    path, said = ask()
    assert path == tmp_path / "adresses" / "lille-2021.csv"
    assert kept(tmp_path) == {
        "lille-2021.csv": ANSWER,
        "lille-2021.csv.sha256": fingerprint(ASKED),
    }
    assert said == [SAID]


def test_the_answer_is_read_as_points_of_the_registry(ask: Ask) -> None:
    path, _ = ask()
    assert path is not None
    points = read_national(path).select("ligne_id", "rang", "longitude", "result_housenumber")
    assert points.rows() == [
        ("LIL-001", 1, 3.067372, "2"),
        ("HEM-004", 1, 3.067372, "2"),
        ("HEM-004", 2, None, None),
    ]


def test_nothing_but_addresses_leaves(ask: Ask, service: Service) -> None:
    more = [[*row, "Crèche des Exemples", "01 99 00 00 00"] for row in ROWS]
    ask(table([*COLUMNS, "nom", "telephone"], more))
    (form,) = service.posted
    assert dict(fields(form))["data"] == ASKED


def test_what_was_answered_is_not_asked_again(ask: Ask, service: Service) -> None:
    first, _ = ask()
    assert ask() == (first, ["adresses du registre : déjà demandées"])
    assert len(service.posted) == 1


def test_the_addresses_are_asked_again_when_one_changes(
    ask: Ask, service: Service, tmp_path: Path
) -> None:
    ask()
    rows = [["LIL-001", "1", "4 rue André Gide", "Lille", "59350"], *ROWS[1:]]
    service.content = answer(UNKNOWN, FOUND, UNKNOWN, rows=rows)
    ask(table(COLUMNS, rows))
    assert kept(tmp_path) == {
        "lille-2021.csv": service.content,
        "lille-2021.csv.sha256": fingerprint(table(COLUMNS, rows)),
    }


@pytest.mark.parametrize("lost", ["lille-2021.csv", "lille-2021.csv.sha256"])
def test_the_addresses_are_asked_again_when_the_answer_is_lost(
    lost: str, ask: Ask, service: Service, tmp_path: Path
) -> None:
    ask()
    (tmp_path / "adresses" / lost).unlink()
    ask()
    assert len(service.posted) == 2


def test_rows_in_another_order_are_the_same_rows(ask: Ask, service: Service) -> None:
    service.content = answer(UNKNOWN, FOUND, FOUND, rows=ROWS[::-1])
    path, said = ask()
    assert path is not None
    assert said == [SAID]


def test_what_the_service_failed_to_search_is_asked_again(
    ask: Ask, service: Service, tmp_path: Path
) -> None:
    service.content = answer(FOUND, FAILED, UNKNOWN)
    path, said = ask()
    assert path is not None
    assert said == [
        "adresses du registre : le service national en localise 1 sur 3 ; "
        "il a échoué sur 1, à redemander"
    ]
    assert kept(tmp_path) == {"lille-2021.csv": service.content}
    service.content = ANSWER
    assert ask() == (path, [SAID])


def test_an_answer_is_never_taken_for_that_to_a_former_question(ask: Ask, service: Service) -> None:
    ask()
    service.content = answer(FAILED, rows=ROWS[:1])
    ask(table(COLUMNS, ROWS[:1]))
    service.content = ANSWER
    assert ask()[1] == [SAID]


def test_a_registry_without_address_asks_nothing(ask: Ask, service: Service) -> None:
    assert ask(table(COLUMNS, [])) == (None, [])
    assert service.posted == []


# --- a service that does not answer -------------------------------------------------------------


def test_a_service_that_is_busy_twice_is_asked_three_times(ask: Ask, service: Service) -> None:
    service.codes = [503, 429]
    assert ask()[1] == [SAID]
    assert [dict(fields(form))["data"] for form in service.posted] == [ASKED] * 3


def test_an_answer_that_breaks_is_asked_anew_and_whole(
    ask: Ask, service: Service, tmp_path: Path
) -> None:
    rows = [["LIL-001", str(rank), *ROWS[0][2:]] for rank in range(3000)]
    service.content = answer(*[FOUND] * len(rows), rows=rows)
    service.cuts = [CHUNK_BYTES, 3 * CHUNK_BYTES]
    ask(table(COLUMNS, rows))
    assert len(service.posted) == 3
    assert kept(tmp_path)["lille-2021.csv"] == service.content


@pytest.mark.parametrize(("code", "remedy"), [(503, "relancer plus tard"), (400, "vérifier")])
def test_a_service_that_refuses_is_said(
    code: int, remedy: str, ask: Ask, service: Service, tmp_path: Path
) -> None:
    service.codes = [code] * 9
    path, (said,) = ask()
    assert path is None
    assert said.startswith(f"adresses du registre, réponse du serveur : code {code} pour http://")
    assert f"Remède : {remedy}" in said
    assert kept(tmp_path) == {}


def test_without_network_one_line_says_so_and_the_former_answer_stays(
    ask: Ask, tmp_path: Path
) -> None:
    ask()
    before = kept(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{taken.getsockname()[1]}"
    path, said = ask(table(COLUMNS, ROWS[:1]), f"http://{host}/")
    assert path is None
    assert said == [
        f"réseau inaccessible ({host} : connexion impossible) : "
        "les adresses du registre se passent du service national"
    ]
    assert kept(tmp_path) == before


# --- what is not an answer ----------------------------------------------------------------------

WITHOUT_POINTS = table(COLUMNS, ROWS)
NO_NUMBER = answer(FOUND | {"longitude": "à l'est"}, FOUND, UNKNOWN)


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (b"<!DOCTYPE html><p>Maintenance</p>", "text/html", "c'est une page web"),
        (b"<!DOCTYPE html><p>Maintenance</p>", "text/csv", "la colonne ligne_id manque"),
        (b'{"code": 400, "message": "Bad request"}', "application/json", "la colonne ligne_id"),
        (b"", "text/csv", "ce n'est pas un csv"),
        (b"ligne_id,rang\n\xff,1,2,3\n", "text/csv", "ce n'est pas"),
        (WITHOUT_POINTS, "text/csv", "la colonne longitude manque"),
        (NO_NUMBER, "text/csv", "une cellule n'est pas un nombre"),
        (answer(FOUND, FOUND, rows=ROWS[:2]), "text/csv", "2 lignes, qui ne sont pas les 3"),
        (answer(*[FOUND] * 4, rows=[*ROWS, ROWS[0]]), "text/csv", "4 lignes, qui ne sont pas"),
        (answer(*[FOUND] * 3, rows=[*ROWS[:2], ROWS[0]]), "text/csv", "qui ne sont pas les 3"),
    ],
    ids=[
        "page",
        "page as csv",
        "json",
        "nothing",
        "not utf-8",
        "columns asked alone",
        "no number",
        "fewer rows",
        "more rows",
        "other rows",
    ],
)
def test_what_is_not_an_answer_is_said_and_nothing_of_it_is_kept(
    content: bytes, kind: str, said: str, ask: Ask, service: Service, tmp_path: Path
) -> None:
    service.content, service.kind = content, kind
    path, (line,) = ask()
    assert path is None
    assert said in line
    assert line.isprintable()
    assert kept(tmp_path) == {}


def test_a_former_answer_outlives_one_that_is_refused(ask: Ask, tmp_path: Path) -> None:
    ask()
    before = kept(tmp_path)
    assert ask(table(COLUMNS, ROWS[:1]))[0] is None
    assert kept(tmp_path) == before


# --- the command --------------------------------------------------------------------------------


@pytest.fixture
def command(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[bytes | None, list[str]], int]:
    """Runs the command for a convention whose registry has these addresses, or has none."""
    monkeypatch.setenv("OBSERVATOIRE_CACHE", str(tmp_path))
    monkeypatch.setenv("OBSERVATOIRE_CONVENTION", "roubaix")
    monkeypatch.setattr(module, "Network", partial(Network, QUICK))
    monkeypatch.setattr(module, "locate", partial(locate, address=service.address))
    monkeypatch.setattr(module, "publications", dict)

    def run(asked: bytes | None, arguments: list[str]) -> int:
        placements = SimpleNamespace(asked=lambda: asked)
        monkeypatch.setitem(sys.modules, "pipelines.ingest.placements", placements)
        return main(arguments)

    return run


def test_the_command_locates_the_registry_of_the_convention_after_the_downloads(
    command: Callable[[bytes | None, list[str]], int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command(ASKED, ["--tout"]) == 0
    assert capsys.readouterr().out.splitlines() == [SAID, "Publications – rien à faire."]
    assert (tmp_path / "adresses" / "roubaix.csv").read_bytes() == ANSWER


def test_the_command_asks_nothing_for_a_convention_without_registry(
    command: Callable[[bytes | None, list[str]], int], service: Service
) -> None:
    assert command(None, ["--tout"]) == 0
    assert service.posted == []
