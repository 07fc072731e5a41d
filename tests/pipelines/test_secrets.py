"""What nobody else may read: passwords in what is said or written, the work file, the interface."""

import contextlib
import os
import re
import shlex
import signal
import socket
import stat
import subprocess
import sys
import time
import traceback
from pathlib import Path

import pytest

from pipelines import refresh
from pipelines.errors import SourceError, without_credentials
from pipelines.settings import ROOT, work_dir
from pipelines.sources import publications
from tests.conftest import SECRET, Refreshed, Workplace, umask


@pytest.mark.parametrize(
    "address",
    [f"https://jeanne:{SECRET}@www.example.org/a.csv", f"https://{SECRET}@www.example.org"],
)
@pytest.mark.parametrize("key", ["adresse", "page"])
def test_an_address_with_a_password_is_refused_and_not_repeated(
    key: str, address: str, tmp_path: Path
) -> None:
    text = (ROOT / "sources" / "catalogue.yml").read_text("utf-8")
    (tmp_path / "catalogue.yml").write_text(
        re.sub(rf"^  {key}: https.*$", f"  {key}: {address}", text, count=1, flags=re.MULTILINE),
        "utf-8",
    )
    with pytest.raises(SourceError, match=f"{key} : texte d'une autre forme") as caught:
        publications(tmp_path)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_an_unexpected_error_is_told_and_written_without_the_passwords_of_its_addresses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OBSERVATOIRE_ENTREPOT", str(tmp_path))
    error = ValueError(f"postgresql://observatoire:{SECRET}@base/observatoire")
    error.__cause__ = ConnectionError(f"http://jeanne:{SECRET}@mandataire:3128 ne répond pas")
    said = refresh._unexpected(error)
    log = (work_dir() / "erreur.log").read_text("utf-8")
    assert SECRET not in said + log
    assert "postgresql://…@base/observatoire" in said
    assert "http://…@mandataire:3128 ne répond pas" in log


def test_what_holds_no_account_is_told_whole() -> None:
    text = "https://www.example.org/a?b=c@d, jeanne@example.org // remarque"
    assert without_credentials(text) == text


def test_a_password_of_the_environment_is_in_nothing_that_a_refresh_says_or_writes(
    refreshed: Refreshed,
) -> None:
    assert SECRET in refreshed.place.environment["https_proxy"]
    written = [path for path in refreshed.place.folder.rglob("*") if path.is_file()]
    assert {"runs.db", "observatoire.duckdb", "diagnostic.html"} <= {path.name for path in written}
    assert [path for path in written if SECRET.encode() in path.read_bytes()] == []
    assert SECRET not in refreshed.output


def test_the_work_folder_is_for_its_owner_alone_and_the_published_file_is_read_by_all(
    refreshed: Refreshed,
) -> None:
    place = refreshed.place
    assert stat.S_IMODE(place.build.parent.stat().st_mode) == 0o700
    assert place.published.stat().st_mode & 0o022 == 0, "nobody else writes it"
    assert place.published.stat().st_mode & 0o044 == 0o044 & ~umask()


def test_the_interface_and_all_that_it_starts_listen_to_this_machine_alone(
    refreshed: Refreshed, tmp_path: Path
) -> None:
    shown = subprocess.run(
        ["make", "--dry-run", "ui"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    (line,) = [line for line in shown.splitlines() if "dagster dev" in line]
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    words = shlex.split(line)[1:]
    assert words[-1] == "3000"
    own = Workplace(tmp_path, refreshed.place.sources)
    environment = dict(own.environment) | {
        "OBSERVATOIRE_ENTREPOT": str(refreshed.place.build.parent.parent)
    }
    started = subprocess.Popen(
        [Path(sys.executable).with_name("dagster"), *words[:-1], str(port)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 120
        while port not in (found := listening(started.pid)) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert found[port] == "0100007F"
        assert set(found.values()) == {"0100007F"}, "in the kernel's words: 127.0.0.1"
    finally:
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()


def listening(group: int) -> dict[int, str]:
    """The ports on which the processes of a group listen, each with its address, in hexadecimal."""
    opened = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ProcessLookupError):
            if os.getpgid(int(process.name)) == group:
                opened |= {str(file.readlink()) for file in (process / "fd").iterdir()}
    found = {}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text("ascii").splitlines()[1:]:
            cells = line.split()
            if cells[3] == "0A" and f"socket:[{cells[9]}]" in opened:
                address, number = cells[1].split(":")
                found[int(number, 16)] = address
    return found
