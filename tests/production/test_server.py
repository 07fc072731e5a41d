"""The production form, run as its units run it: a real PostgreSQL, the queue, the proxy."""

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from string import Template
from typing import Any

import dagster as dg
import pytest
import requests
from dagster._core.launcher import WorkerStatus
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from pipelines.launcher import WatchedLauncher
from pipelines.schedules import JOB
from pipelines.settings import ROOT
from pipelines.warehouse import PID_TAG
from tests.conftest import Refreshed
from tests.production.conftest import (
    LOADED,
    MADE_ANEW,
    PASSWORD,
    WORKSPACE,
    Postgres,
    free_port,
    launch,
    until,
)

pytestmark = [
    pytest.mark.long(minutes=0.9),
    pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning"),
]

PRODUCTION = ROOT / "production"
UNITS = PRODUCTION / "systemd"
INSTALLED = "/opt/observatoire"
SITE = "https://observatoire.example.org"
ACCOUNT = ("bureau", "mot de passe du bureau")
FOLLOW = """
subscription ($id: ID!) {
  pipelineRunLogs(runId: $id) { ... on PipelineRunLogsSubscriptionSuccess { hasMorePastEvents } }
}
"""


def commands(unit: str, environment: Mapping[str, str]) -> dict[str, list[str]]:
    """What a unit runs before, as, and after its service, with the programs of this environment."""
    text = (UNITS / f"observatoire-{unit}.service").read_text("utf-8")
    text = text.replace(f"{INSTALLED}/.venv/bin", str(Path(sys.executable).parent))
    lines = re.findall("^(ExecStart|ExecStartPre|ExecStartPost)=(.*)$", text, re.MULTILINE)
    return {
        moment: shlex.split(Template(line).safe_substitute(environment)) for moment, line in lines
    }


def listening() -> set[tuple[str, int]]:
    """The IPv4 and IPv6 addresses and ports on which some process of this machine listens."""
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text("ascii").splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            if state == "0A":
                address, port = local.split(":")
                found.add((address, int(port, 16)))
    return found


@dataclass(frozen=True)
class Running:
    """The three services and what they work in."""

    server: Postgres
    folder: Path
    environment: Mapping[str, str]
    processes: tuple["subprocess.Popen[bytes]", ...]
    port: int
    interface: str

    def ask(self, query: str, variables: Mapping[str, Any]) -> Any:
        answer = requests.post(
            f"{self.interface}/graphql", json={"query": query, "variables": variables}, timeout=60
        )
        return answer.json()["data"]

    def history(self, query: str) -> list[tuple[Any, ...]]:
        return self.server.rows("observatoire_historique", query)

    def status(self, run: str) -> str:
        ((status,),) = self.history(f"select status from runs where run_id = '{run}'")
        return str(status)


@pytest.fixture(scope="module")
def running(
    server: Postgres, refreshed: Refreshed, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    for base in ("observatoire_historique", "observatoire"):
        server.rows("postgres", f"create database {base}")
    folder = tmp_path_factory.mktemp("serveur")
    shutil.copytree(refreshed.place.folder / "warehouse", folder / "entrepot")
    # The path of a socket has at most 107 characters: pytest's folders may be longer.
    sockets = Path(tempfile.mkdtemp(prefix="obs-", dir="/tmp"))
    lines = (PRODUCTION / "observatoire.env").read_text("utf-8").splitlines()
    written = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    environment = written | {
        "DAGSTER_HOME": str(PRODUCTION),
        "OBSERVATOIRE_SOURCES": str(ROOT / "sources"),
        "OBSERVATOIRE_EXPORTS": str(folder / "exports"),
        "OBSERVATOIRE_ENTREPOT": str(folder / "entrepot"),
        "OBSERVATOIRE_CACHE": str(folder / "cache"),
        "OBSERVATOIRE_HISTORIQUE": str(folder / "historique"),
        "OBSERVATOIRE_HISTORIQUE_POSTGRES": server.loopback("observatoire_historique").replace(
            "postgresql:", written["OBSERVATOIRE_HISTORIQUE_POSTGRES"].partition("//")[0]
        ),
        "OBSERVATOIRE_CODE": str(sockets / "code"),
        "OBSERVATOIRE_PARTAGE": server.loopback("observatoire"),
    }
    assert environment.keys() == written.keys(), "nothing that the file does not say"
    port = free_port()
    processes = []

    # As systemd starts them: no home, and no variable but those of the file.
    alone = environment | {"PATH": os.environ["PATH"]}

    def start(unit: str) -> None:
        told = commands(unit, environment)
        words = [word.replace("3000", str(port)) for word in told["ExecStart"]]
        if "ExecStartPre" in told:
            subprocess.run(told["ExecStartPre"], env=alone, check=True)
        with (folder / f"{unit}.log").open("wb") as log:
            processes.append(
                subprocess.Popen(
                    words,
                    cwd=PRODUCTION,
                    env=alone,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )
        if "ExecStartPost" in told:
            subprocess.run(told["ExecStartPost"], env=alone, check=True, timeout=90)

    try:
        for unit in ("code", "ordonnanceur", "interface"):
            start(unit)
        server_info = f"http://127.0.0.1:{port}/observatoire/server_info"

        def answers() -> bool:
            assert all(process.poll() is None for process in processes), "a service has ended"
            return requests.get(server_info, timeout=5).ok

        until(answers)
        yield Running(
            server,
            folder,
            environment,
            tuple(processes),
            port,
            f"http://127.0.0.1:{port}/observatoire",
        )
    finally:
        # They are asked nothing more: to stop in order takes them half a minute.
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        shutil.rmtree(sockets)


@dataclass(frozen=True)
class Queued:
    """Two refreshes asked for at once; the first was killed as it ran."""

    killed: str
    waiting: str
    status_of_the_second: str


@pytest.fixture(scope="module")
def queued(running: Running) -> Queued:
    until(lambda: running.ask(WORKSPACE, {}) == LOADED)
    killed, waiting = launch(running.ask), launch(running.ask)
    signed = f"select value from run_tags where run_id = '{killed}' and key = '{PID_TAG}'"
    ((pid,),) = until(lambda: running.history(signed))
    status = running.status(waiting)
    os.kill(int(pid), signal.SIGKILL)
    until(lambda: running.status(waiting) in ("SUCCESS", "FAILURE"), 240)
    return Queued(killed, waiting, status)


def test_a_killed_run_leaves_the_queue_and_the_next_one_publishes(
    running: Running, queued: Queued
) -> None:
    assert queued.status_of_the_second == "QUEUED", "one at a time"
    assert running.status(queued.killed) == "FAILURE"
    assert running.status(queued.waiting) == "SUCCESS", (running.folder / "code.log").read_text()
    published = "select execution_id from referentiel.publication"
    assert running.server.rows("observatoire", published) == [(queued.waiting,)]


def test_the_history_is_in_postgresql_and_nowhere_else(running: Running, queued: Queued) -> None:
    runs = running.history("select run_id, status from runs")
    assert set(runs) == {(queued.killed, "FAILURE"), (queued.waiting, "SUCCESS")}
    told = running.history(
        "select asset_key from event_logs where dagster_event_type = 'ASSET_MATERIALIZATION' "
        f"and run_id = '{queued.waiting}'"
    )
    assert {tuple(json.loads(key)) for (key,) in told} == set(map(tuple, MADE_ANEW))
    assert not list(running.folder.rglob("*.db")), "no SQLite"
    assert {path.name for path in PRODUCTION.iterdir()} == {
        "dagster.yaml",
        "nginx.conf",
        "observatoire.env",
        "systemd",
        "workspace.yaml",
    }, "and nothing is written beside the configuration"


@pytest.mark.usefixtures("queued")
def test_no_password_is_in_an_event_a_log_a_file_or_a_command_line(running: Running) -> None:
    secret = PASSWORD.encode()
    assert any(PASSWORD in value for value in running.environment.values())
    for table in ("event_logs", "runs", "run_tags", "jobs", "job_ticks", "instance_info"):
        assert (
            running.history(f"select 1 from {table} as t where t::text like '%{PASSWORD}%'") == []
        )
    written = [path for path in running.folder.rglob("*") if path.is_file()]
    assert {"code.log", "observatoire.duckdb"} <= {path.name for path in written}
    assert [path.name for path in written if secret in path.read_bytes()] == []
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline")]
    assert any(b"code-server" in line for line in lines)
    assert not any(secret in line for line in lines)


def test_the_interface_listens_on_this_machine_alone_and_the_code_on_a_socket(
    running: Running,
) -> None:
    assert {address for address, port in listening() if port == running.port} == {"0100007F"}
    mine = {process.pid for process in running.processes}
    assert Path(running.environment["OBSERVATOIRE_CODE"]).is_socket()
    assert all(Path(f"/proc/{pid}").exists() for pid in mine), "the three services are there"


@pytest.mark.parametrize(
    ("pid", "expected"),
    [
        (os.getpid(), WorkerStatus.RUNNING),
        (None, WorkerStatus.RUNNING),
        (2**22 + 1, WorkerStatus.NOT_FOUND),
    ],
    ids=["alive", "not signed yet", "gone"],
)
def test_the_launcher_knows_whether_the_process_of_a_run_lives(
    pid: int | None, expected: WorkerStatus
) -> None:
    run = dg.DagsterRun(JOB, tags={PID_TAG: str(pid)} if pid else {})
    launcher = WatchedLauncher()
    assert launcher.supports_check_run_worker_health
    assert launcher.check_run_worker_health(run).status == expected


# --- the proxy ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def proxy(running: Running) -> Iterator[int]:
    """nginx with the file of `production/`, its names, its ports and its certificate replaced."""
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    openssl = shutil.which("openssl")
    if nginx is None or openssl is None:
        pytest.skip("sans nginx ni openssl : le serveur mandataire n'est pas essayé")
    folder = running.folder / "nginx"
    folder.mkdir()
    port = free_port()
    text = (PRODUCTION / "nginx.conf").read_text("utf-8")
    for old, new in {
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "/etc/ssl/certs/observatoire.pem": f"{folder}/certificat.pem",
        "/etc/ssl/private/observatoire.key": f"{folder}/cle.pem",
        "/etc/nginx/observatoire.htpasswd": f"{folder}/comptes",
        "http://127.0.0.1:3000": f"http://127.0.0.1:{running.port}",
    }.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / "observatoire.conf").write_text(text, "utf-8")
    (folder / "nginx.conf").write_text(
        f"{'' if os.getuid() else 'user root;'} daemon off; pid {folder}/pid; "
        f"error_log {folder}/erreurs; worker_processes 1; events {{ }} "
        f"http {{ access_log {folder}/acces; client_body_temp_path {folder}/corps; "
        f"proxy_temp_path {folder}/mandataire; include {folder}/observatoire.conf; }}",
        "utf-8",
    )
    run = partial(subprocess.run, check=True, capture_output=True, text=True)
    run(
        [
            *(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=observatoire.example.org"),
            *("-out", f"{folder}/certificat.pem", "-keyout", f"{folder}/cle.pem"),
        ]
    )
    hashed = run([openssl, "passwd", "-apr1", ACCOUNT[1]]).stdout
    (folder / "comptes").write_text(f"{ACCOUNT[0]}:{hashed}", "utf-8")
    started = subprocess.Popen([nginx, "-c", f"{folder}/nginx.conf", "-e", f"{folder}/erreurs"])
    try:
        until(lambda: get(port, "/", account=None))
        yield port
    finally:
        started.terminate()
        started.wait(20)


def get(
    port: int,
    path: str,
    account: tuple[str, str] | None = ACCOUNT,
    method: str = "GET",
    **options: Any,
) -> requests.Response:
    """Ask the proxy, which is known by a certificate of its own making."""
    headers = {"Host": "observatoire.example.org"} | options.pop("headers", {})
    return requests.request(
        method,
        f"https://127.0.0.1:{port}{path}",
        auth=account,
        headers=headers,
        verify=False,
        timeout=30,
        allow_redirects=False,
        **options,
    )


def test_nobody_passes_the_proxy_without_a_password(proxy: int) -> None:
    for account in (None, (ACCOUNT[0], "un autre"), ("personne", ACCOUNT[1])):
        for path in ("/observatoire/", "/observatoire/graphql", "/autre"):
            assert get(proxy, path, account).status_code == 401


def test_the_interface_answers_behind_the_proxy_under_its_prefix(proxy: int) -> None:
    page = get(proxy, "/observatoire/")
    assert page.status_code == 200
    script = re.search(r'src="(/observatoire/[^"]+\.js)"', page.text)
    assert script, "what the page needs is asked for under the prefix"
    assert get(proxy, script[1]).status_code == 200
    assert page.headers["X-Frame-Options"] == "DENY"
    version = get(
        proxy, "/observatoire/graphql", method="POST", json={"query": "query { version }"}
    )
    assert version.json()["data"]["version"] == dg.__version__


def test_the_page_of_another_site_is_refused_whatever_password_the_browser_sends(
    proxy: int,
) -> None:
    ask = partial(
        get, proxy, "/observatoire/graphql", method="POST", json={"query": "query { version }"}
    )
    assert ask(headers={"Origin": SITE}).status_code == 200
    assert ask(headers={"Origin": "https://ailleurs.example.org"}).status_code == 403
    with pytest.raises(InvalidStatus, match="403"):
        subscription(proxy, "https://ailleurs.example.org")


def subscription(port: int, origin: str) -> Any:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    token = requests.auth._basic_auth_str(*ACCOUNT)
    return connect(
        f"wss://127.0.0.1:{port}/observatoire/graphql",
        ssl=context,
        subprotocols=[Subprotocol("graphql-ws")],
        origin=Origin(origin),
        additional_headers={"Authorization": token},
    )


def test_the_interface_is_told_of_events_through_the_proxy(proxy: int, queued: Queued) -> None:
    with subscription(proxy, SITE) as socket:
        socket.send(json.dumps({"type": "connection_init"}))
        assert json.loads(socket.recv(30))["type"] == "connection_ack"
        question = {"query": FOLLOW, "variables": {"id": queued.waiting}}
        socket.send(json.dumps({"id": "1", "type": "start", "payload": question}))
        told = json.loads(socket.recv(30))
        while told["type"] != "data":
            told = json.loads(socket.recv(30))
    assert "hasMorePastEvents" in told["payload"]["data"]["pipelineRunLogs"]


# --- the units ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The units as an administrator installs them, for a copy that is this repository."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("sans systemd-analyze : les unités ne sont pas vérifiées")
    folder = tmp_path_factory.mktemp("unites")
    shutil.copytree(UNITS, folder, dirs_exist_ok=True)
    for path in [*folder.rglob("*.service"), *folder.rglob("*.conf")]:
        text = path.read_text("utf-8")
        path.write_text(
            text.replace(f"{INSTALLED}/.venv/bin", str(Path(sys.executable).parent)).replace(
                INSTALLED, str(ROOT)
            ),
            "utf-8",
        )
    return sorted(folder.glob("*.service"))


def test_systemd_finds_nothing_to_say_of_the_units(units: list[Path]) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False
    )
    about = [line for line in done.stderr.splitlines() if "observatoire" in line]
    assert (done.returncode, about) == (0, []), done.stderr


def test_each_unit_is_confined(units: list[Path]) -> None:
    for unit in units:
        done = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--threshold=20", unit],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout.splitlines()[-1]


def test_the_guide_of_the_administrator_names_what_there_is() -> None:
    guide = (ROOT / "docs" / "exploitation.md").read_text("utf-8")
    units = {path.stem for path in UNITS.glob("*.service")}
    table = guide.partition("## Installer")[0]
    assert set(re.findall(r"^\| `(observatoire-\w+)`", table, re.MULTILINE)) == units
    set_up = (PRODUCTION / "observatoire.env").read_text("utf-8")
    for name in re.findall(r"OBSERVATOIRE_[A-Z_]+", guide):
        assert f"\n{name}=" in set_up, name
    for path in re.findall(rf"{INSTALLED}/(production/[\w./]+)", guide):
        assert (ROOT / path).exists(), path
