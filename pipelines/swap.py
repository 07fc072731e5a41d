"""A file in the place of another, in one gesture: a reader has the old one whole or the new one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replaced(target: Path) -> Iterator[Path]:
    """A new name beside `target`, put in its place once the block has written it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    # One name for all of a kind in a folder: the next one writes over what a killed process left.
    fresh = target.with_name(f".nouveau{target.suffix}")
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


def _log_of(file: Path) -> Path:
    """Where DuckDB keeps what it has not yet written into a file."""
    return file.with_name(f"{file.name}.wal")


def _discard(file: Path) -> None:
    file.unlink(missing_ok=True)
    _log_of(file).unlink(missing_ok=True)
