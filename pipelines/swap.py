"""A file in the place of another, in one gesture: a reader has the old one whole or the new one."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NEW = ".nouveau-"


@contextmanager
def replaced(target: Path) -> Iterator[Path]:
    """A new name beside `target`, put in its place once the block has written it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    # Of this process: another one may be writing the same file.
    fresh = target.with_name(f"{_NEW}{os.getpid()}{target.suffix}")
    for left in target.parent.glob(f"{_NEW}*"):
        if not maker_of(left):
            left.unlink(missing_ok=True)
    _discard(fresh)
    try:
        yield fresh
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        # A log left beside a replaced file would be replayed on it, and make it unreadable.
        _log_of(target).unlink(missing_ok=True)
        fresh.replace(target)
    finally:
        _discard(fresh)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def maker_of(path: Path) -> int | None:
    """The process whose number begins the name of what it makes, if it lives."""
    number = re.match(rf"(?:{re.escape(_NEW)})?([1-9]\d{{0,6}})\b", path.name)
    return int(number[1]) if number and lives(int(number[1])) else None


def lives(pid: int) -> bool:
    """Whether a process of this machine is still there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _log_of(file: Path) -> Path:
    """Where DuckDB keeps what it has not yet written into a file."""
    return file.with_name(f"{file.name}.wal")


def _discard(file: Path) -> None:
    file.unlink(missing_ok=True)
    _log_of(file).unlink(missing_ok=True)
