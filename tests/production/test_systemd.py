"""The units under systemd itself, installed as the administrator's guide says, on a machine apart.

The machine is this one in namespaces of its own: systemd is its first process, what it writes is
laid over these files and thrown away, its network has nothing but itself, and it sets nothing of
the kernel or of the devices.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import ROOT
from tests.conftest import Refreshed
from tests.production.conftest import LOADED, WORKSPACE, launch, until

pytestmark = pytest.mark.long(minutes=0.9)

GUIDE = (ROOT / "docs" / "exploitation.md").read_text("utf-8")
SYSTEMD = Path("/lib/systemd/systemd")
UNITS = ("observatoire-code", "observatoire-ordonnanceur", "observatoire-interface")
# What the guide asks of the network: the packages, the repository, the environment.
FROM_AFAR = ("apt ", "git clone ", "make ")
BOOT = """
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
mkdir "$1/dessus" "$1/travail" "$1/racine"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/dessus,workdir=$1/travail" "$1/racine"
cd "$1/racine"
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount --rbind /sys sys
mount -o remount,bind,ro sys
mount -t tmpfs -o mode=755 tmpfs dev
for name in null zero full random urandom tty; do
    touch dev/$name
    mount --bind /dev/$name dev/$name
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
mount -t tmpfs tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs tmpfs run
mkdir -p opt/observatoire srv/depart
mount --bind "$2" opt/observatoire
mount --bind "$3" srv/depart
exec env -i container=docker PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    chroot . /lib/systemd/systemd --system --unit=basic.target
"""
# The environment is the one of these tests, wherever it is; a service sees neither homes nor /tmp.
SEEN = "[Service]\nProtectHome=tmpfs\nBindReadOnlyPaths={}\n"
# Asked from inside: the interface listens to its own machine alone.
ASK = """
import json, sys, urllib.request
body = sys.stdin.buffer.read()
request = urllib.request.Request(
    "http://127.0.0.1:3000/observatoire/graphql", body, {"Content-Type": "application/json"}
)
sys.stdout.write(urllib.request.urlopen(request, timeout=60).read().decode())
"""
STATUS = "query ($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"


@dataclass(frozen=True)
class Machine:
    """A machine that has started; `first` is its first process, as this one numbers it."""

    first: int

    def run(
        self, *words: str, told: str = "", check: bool = True
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command inside, as root."""
        done = subprocess.run(
            ["nsenter", "--all", f"--target={self.first}", f"--root=/proc/{self.first}/root",
             f"--wd=/proc/{self.first}/root", "--",
             "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", *words],
            input=told, capture_output=True, text=True, check=False, timeout=200,
        )  # fmt: skip
        assert not check or done.returncode == 0, (words, done.stdout, done.stderr)
        return done

    def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> Any:
        """What the interface answers; nothing while it does not."""
        told = json.dumps({"query": query, "variables": variables or {}})
        done = self.run("/opt/observatoire/.venv/bin/python", "-c", ASK, told=told, check=False)
        return json.loads(done.stdout)["data"] if done.returncode == 0 else None

    def status(self, run: str) -> str:
        said = self.ask(STATUS, {"id": run})
        return str(said["runOrError"]["status"]) if said else ""

    def said(self) -> str:
        """The last of what the services said."""
        return self.run("journalctl", "--no-pager", "-n", "60", "-u", "observatoire-*").stdout


@pytest.fixture(scope="module")
def machine(refreshed: Refreshed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    if os.getuid() or not SYSTEMD.exists() or not [*Path("/etc/postgresql").glob("*/main")]:
        pytest.skip("sans root, systemd et PostgreSQL : les unités ne sont pas mises en service")
    namespaces = ["--fork", "--pid", "--mount", "--uts", "--ipc", "--net", "--cgroup"]
    if subprocess.run(["unshare", *namespaces, "true"], check=False).returncode:
        pytest.skip("cette machine n'en laisse pas démarrer une autre : les unités ne tournent pas")
    folder = tmp_path_factory.mktemp("machine")
    with (folder / "demarrage.log").open("wb") as log:
        started = subprocess.Popen(
            [
                "unshare",
                *namespaces,
                "bash",
                "-c",
                BOOT,
                "boot",
                str(folder),
                str(ROOT),
                str(refreshed.place.folder / "warehouse"),
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    children = Path(f"/proc/{started.pid}/task/{started.pid}/children")
    try:
        machine = _first_of(started, children)
        if machine is None:
            pytest.skip("systemd n'a pas démarré dans une machine à part : les unités attendent")
        _install(machine)
        until(lambda: machine.ask(WORKSPACE) == LOADED)
        yield machine
    finally:
        for child in children.read_text().split() if children.exists() else []:
            os.kill(int(child), signal.SIGKILL)
        started.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _first_of(started: "subprocess.Popen[bytes]", children: Path) -> Machine | None:
    """The machine, once systemd says that it is up; none where it does not come up."""
    deadline = time.monotonic() + 60
    while started.poll() is None and time.monotonic() < deadline:
        for child in children.read_text().split():
            machine = Machine(int(child))
            said = machine.run("systemctl", "is-system-running", check=False).stdout.strip()
            if said in ("running", "degraded"):
                return machine
        time.sleep(0.5)
    return None


def _install(machine: Machine) -> None:
    """Type the guide's commands, over an environment and a refresh that are already there."""
    python = Path(sys.executable).resolve()
    seen = {f"/opt/observatoire:{ROOT}"}
    if not python.is_relative_to("/usr"):
        seen.add(str(python.parents[1]))
    machine.run("mkdir", "-p", "/etc/systemd/system/observatoire-.service.d")
    machine.run(
        "tee",
        "/etc/systemd/system/observatoire-.service.d/essai.conf",
        told=SEEN.format(" ".join(sorted(seen))),
    )
    ((_, written),) = [*re.findall(r"^## (Installer)\n.*?```sh\n(.*?)```", GUIDE, re.M | re.S)]
    typed = [line for line in written.splitlines() if not line.startswith(FROM_AFAR)]
    assert len(typed) > 10
    *before, enabled = typed
    assert enabled.startswith("systemctl enable --now"), "what starts them comes last"
    machine.run("systemctl", "start", "postgresql")
    machine.run("bash", "-e", told="\n".join(before))
    state = "/var/lib/observatoire/entrepot"
    machine.run("cp", "-r", "/srv/depart", state)
    machine.run("chown", "-R", "observatoire:observatoire", state)
    done = machine.run("bash", "-e", told=enabled, check=False)
    assert done.returncode == 0, machine.said()


def test_what_the_guide_types_starts_the_three_services(machine: Machine) -> None:
    said = machine.run("systemctl", "is-active", *UNITS, check=False).stdout.split()
    assert said == ["active"] * 3, machine.said()


def test_a_stop_waits_for_the_refresh_that_goes_on_under_what_the_units_forbid(
    machine: Machine,
) -> None:
    run = launch(machine.ask)
    until(lambda: machine.status(run) != "QUEUED")
    until(lambda: machine.status(run) != "STARTING")
    machine.run("systemctl", "stop", "observatoire-code")
    assert machine.status(run) == "SUCCESS", machine.said()
    exports = machine.run("ls", "/srv/observatoire/exports/donnees").stdout.split()
    assert {"csv", "parquet", "datapackage.json"} <= {*exports}
    # Who is of the group of /srv/observatoire reads what leaves, and nobody else.
    modes = machine.run("stat", "-L", "-c", "%a %G", "/srv/observatoire/exports/donnees").stdout
    assert modes.split() == ["2750", "observatoire"]
    shared = "psql -At observatoire -c 'select execution_id from referentiel.publication'"
    assert machine.run("su", "postgres", "-c", shared).stdout.strip() == run
    machine.run("systemctl", "start", "observatoire-code")


def test_a_service_that_is_killed_starts_again(machine: Machine) -> None:
    before = machine.run("systemctl", "show", "-P", "MainPID", "observatoire-code").stdout
    machine.run("systemctl", "kill", "-s", "KILL", "observatoire-code")

    def back() -> bool:
        after = machine.run("systemctl", "show", "-P", "MainPID", "observatoire-code").stdout
        active = machine.run("systemctl", "is-active", "observatoire-code", check=False).stdout
        return after not in (before, "0\n") and active == "active\n"

    until(back)
