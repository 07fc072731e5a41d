"""What the tests of a server share: a real PostgreSQL of their own, what an interface is asked."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psycopg2
import pytest
import requests

from pipelines.schedules import JOB

T = TypeVar("T")

PASSWORD = "mot-de-passe-des-essais"
# The end of a refresh, on the tables of the shared one: dbt, the contract, the gate, the swap, and
# what leaves as a folder and into a base.
MADE_ANEW = (
    ("besoin", "familles"),
    ("qualite", "controles"),
    ("publication", "observatoire"),
    ("exports", "donnees"),
    ("exports", "partage"),
)
LAUNCH = """
mutation ($p: ExecutionParams!) {
  launchRun(executionParams: $p) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}
"""
# The interface answers before it knows the code.
WORKSPACE = "query { workspaceOrError { ... on Workspace { locationEntries { loadStatus } } } }"
LOADED = {"workspaceOrError": {"locationEntries": [{"loadStatus": "LOADED"}]}}


def launch(ask: Callable[[str, Mapping[str, Any]], Any]) -> str:
    """Ask an interface for MADE_ANEW, as its button does; the identifier of the run."""
    selector = {
        "repositoryLocationName": "observatoire",
        "repositoryName": "__repository__",
        "jobName": JOB,
        "assetSelection": [{"path": path} for path in MADE_ANEW],
    }
    said = ask(LAUNCH, {"p": {"selector": selector, "runConfigData": {}}})["launchRun"]
    assert said["__typename"] == "LaunchRunSuccess", said
    return str(said["run"]["runId"])


def until(found: Callable[[], T], seconds: float = 120) -> T:
    """What a question answers, as soon as it answers something."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(requests.ConnectionError):
            if answer := found():
                return answer
        assert time.monotonic() < deadline, "nothing came in time"
        time.sleep(0.2)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@dataclass(frozen=True)
class Postgres:
    """A running server: trusted through its socket, asking for a password on the loopback."""

    folder: Path
    port: int

    def address(self, base: str, role: str = "observatoire") -> str:
        return f"postgresql://{role}@/{base}?host={self.folder}&port={self.port}"

    def loopback(self, base: str, password: str = PASSWORD) -> str:
        return f"postgresql://observatoire:{password}@127.0.0.1:{self.port}/{base}"

    def rows(self, base: str, query: str, role: str = "observatoire") -> list[tuple[Any, ...]]:
        connection = psycopg2.connect(self.address(base, role))
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(query)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()


def _programs() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


def _someone_else() -> Mapping[str, Any]:
    """PostgreSQL does not run as root."""
    if os.getuid():
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    name = "postgres" if "postgres" in names else "nobody"
    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A PostgreSQL of its own, with the role `observatoire`, which may create bases."""
    programs = _programs()
    if programs is None:
        pytest.skip("sans PostgreSQL (paquet postgresql) : la base n'est pas essayée")
    someone = _someone_else()
    # The path of a socket has at most 107 characters: pytest's folders may be longer.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    if someone:
        shutil.chown(folder, someone["user"])
    running = None
    try:
        subprocess.run(
            [
                programs / "initdb",
                "--pgdata=donnees",
                "--username=maitre",
                "--auth-local=trust",
                "--auth-host=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ],
            cwd=folder,
            check=True,
            capture_output=True,
            **someone,
        )
        server = Postgres(folder, free_port())
        running = subprocess.Popen(
            [
                programs / "postgres",
                "-D",
                "donnees",
                *("-c", "listen_addresses=127.0.0.1", "-p", str(server.port)),
                *("-k", str(folder), "-c", "fsync=off"),
            ],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **someone,
        )
        _wait_for(server)
        server.rows(
            "postgres", f"create role observatoire login createdb password '{PASSWORD}'", "maitre"
        )
        yield server
    finally:
        if running:
            running.terminate()
            running.wait(30)
        shutil.rmtree(folder)


def _wait_for(server: Postgres) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            server.rows("postgres", "select 1", "maitre")
        except psycopg2.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return
