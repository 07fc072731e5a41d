"""Refreshes in processes of their own that die, or lack something, at a chosen moment.

A server imports everything once and each refresh is forked from it, so that a start costs nothing.
What goes wrong is arranged in the process before the command starts; the command is that of users.
"""

import ctypes
import multiprocessing
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from tests.conftest import SET_UP, Workplace, within

# What a refresh imports, where it uses it too.
PRELOADED = (
    "pipelines.refresh",
    "tests.preloaded",
    "pipelines.diagnostic.workbook",
)
SERVER = multiprocessing.get_context("forkserver")
NEW_MOUNTS, NEW_USERS = 0x00020000, 0x10000000  # of unshare(2)

Trouble = Callable[[], object]
Asset = Sequence[str]


@dataclass(frozen=True)
class Running:
    """A refresh that runs: its process, at the head of its group, and where it speaks."""

    process: ForkServerProcess
    log: Path

    @property
    def said(self) -> str:
        """What it has said so far, but for what it says to nobody but us."""
        return self.log.read_text("utf-8")

    @property
    def cpu_seconds(self) -> float:
        """The processor time that it took, once it is done."""
        return float(self.log.with_suffix(".cpu").read_text("utf-8"))

    def wait(self, seconds: float | None = None) -> int | None:
        """Wait for its end, or so long; its code, negative if a signal ended it."""
        self.process.join(seconds)
        return self.process.exitcode

    def kill(self) -> None:
        """End it at once, with what it has started."""
        if self.process.is_alive() and self.process.pid:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:  # it leads no group yet, and has started nothing
                self.process.kill()
        self.process.join()


@dataclass
class Refreshes:
    """What starts refreshes of a workplace.

    The server imports the definitions with the sources as they are: they have to be sound. To read
    a dropped file starts the threads of polars, and what is forked beside threads may hang.
    """

    place: Workplace
    count: int = 0
    # What a whole one takes, as last seen.
    seconds: float = 30

    def __post_init__(self) -> None:
        own = self.place.build.parent / "dbt"
        if SET_UP.is_dir() and not own.is_dir():
            shutil.copytree(SET_UP, own)
        SERVER.set_forkserver_preload(list(PRELOADED))
        with within(self.place):
            forkserver.ensure_running()

    def start(
        self,
        *arguments: str,
        only: Sequence[Asset] = (),
        before: Sequence[Trouble] = (),
        after: Sequence[Trouble] = (),
    ) -> Running:
        """Start the command.

        Args:
            arguments: those of the command.
            only: the assets to make, as from their page in the UI; all of them without it.
            before: what to arrange in its process first.
            after: what to do there at its end.
        """
        self.count += 1
        log = self.place.folder / f"sortie-{self.count}.log"
        log.touch()
        process = SERVER.Process(
            target=_refresh,
            args=(dict(self.place.environment), arguments, log, only, before, after),
        )
        process.start()
        return Running(process, log)


def _refresh(
    environment: Mapping[str, str],
    arguments: Sequence[str],
    log: Path,
    only: Sequence[Asset],
    before: Sequence[Trouble],
    after: Sequence[Trouble],
) -> None:
    os.setpgid(0, 0)
    os.environ |= environment
    said = os.open(log, os.O_WRONLY | os.O_APPEND)
    os.dup2(said, 1)
    os.dup2(said, 2)
    sys.argv = ["refresh", *arguments]
    from pipelines.refresh import main

    if only:
        _narrow(only)
    for trouble in before:
        trouble()
    code = main()
    used = resource.getrusage(resource.RUSAGE_SELF)
    log.with_suffix(".cpu").write_text(str(used.ru_utime + used.ru_stime), "utf-8")
    for trouble in after:
        trouble()
    sys.stdout.flush()
    sys.exit(code)


def _narrow(only: Sequence[Asset]) -> None:
    import dagster as dg

    whole = dg.JobDefinition.execute_in_process
    keys = [dg.AssetKey(list(key)) for key in only]

    def narrowed(job: dg.JobDefinition, **arguments: Any) -> Any:
        return whole(job, **(arguments | {"asset_selection": keys}))

    dg.JobDefinition.execute_in_process = narrowed  # type: ignore[method-assign,assignment]


def die_at(event: str, name: str, delay_s: float = 0, by: signal.Signals = signal.SIGKILL) -> None:
    """Have this process killed at a gesture on a file, or soon after.

    Args:
        event: the gesture, as Python's audit names it; it is about to be made.
        name: what the path, or what the system is asked for, ends with; `*` is any text.
        delay_s: how long after.
        by: what kills it, and those of its group.
    """

    def look(gesture: str, arguments: tuple[object, ...]) -> None:
        if gesture == event and any(fnmatch(str(one), f"*{name}") for one in arguments[:2]):
            if delay_s:
                threading.Timer(delay_s, os.killpg, (0, by)).start()
            else:
                os.killpg(0, by)

    sys.addaudithook(look)


def fill_disk(folder: Path, room_bytes: int, without: str = "") -> None:
    """Put a folder, with what it holds but one file, on a disk that has little room left.

    Only this process sees that disk, and what it writes there goes with it.
    """
    with tempfile.TemporaryDirectory() as disk:
        # A file takes whole pages there.
        used = sum(
            file.stat().st_size // 4096 * 4096 + 4096
            for file in folder.rglob("*")
            if file.name != without
        )
        _mount("-t", "tmpfs", "-o", f"size={used + room_bytes}", "disque", disk)
        shutil.copytree(folder, disk, ignore=shutil.ignore_patterns(without), dirs_exist_ok=True)
        _mount("--move", disk, folder)


def copy(folder: Path, elsewhere: Path) -> None:
    """Copy what this process sees in a folder, but for the build file, to where others see it."""
    shutil.copytree(folder, elsewhere, ignore=shutil.ignore_patterns("travail"))


def forbid_writing(folder: Path) -> None:
    """Have this process see a folder that cannot be written, even by the superuser."""
    _mount("--bind", folder, folder)
    _mount("-o", "remount,ro,bind", folder)


def limit_files(size_bytes: int) -> None:
    """Have the system refuse this process any file beyond a size."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, size_bytes))


def set_clock_back(by: timedelta) -> None:
    """Have this process read an earlier time."""
    import time_machine

    time_machine.travel(datetime.now(UTC) - by).start()


def can_mount() -> bool:
    """Whether a process of ours may have mounts of its own."""
    tried = subprocess.run(
        ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "true"],
        capture_output=True,
        check=False,
    )
    return tried.returncode == 0


def part_mounts() -> None:
    """Have the mounts of this process be its own: they go with it."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.geteuid(), os.getegid()
    alone = NEW_MOUNTS | (NEW_USERS if user else 0)
    if libc.unshare(alone):
        raise OSError(ctypes.get_errno(), "unshare")
    if user:
        Path("/proc/self/setgroups").write_text("deny", "utf-8")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1", "utf-8")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1", "utf-8")
    _mount("--make-rprivate", "/")


def _mount(*arguments: str | Path) -> None:
    subprocess.run(["mount", *map(str, arguments)], check=True)
