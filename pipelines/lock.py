"""Who writes the build file or the published file is alone: the others wait for their turn.

The lock is the kernel's: it falls with the process that held it, however it died.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from filelock import BaseFileLock, FileLock, Timeout

from pipelines.errors import SourceError, writing
from pipelines.settings import lock_file, published_file, work_dir

WAIT_SECONDS = 300.0


@contextmanager
def held(say: Callable[[str], object], wait_seconds: float) -> Iterator[None]:
    """Hold the lock; wait for who has it, then give up.

    Args:
        say: what is told that there is someone to wait for.
        wait_seconds: how long to wait.

    Raises:
        SourceError: another one writes still, or the lock cannot be written.
    """
    lock = _taken_if_free()
    if not lock.is_locked:
        say("Un autre rafraîchissement écrit : celui-ci attend sa fin.")
        with writing(lock_file()):
            _wait(lock, wait_seconds)
    try:
        yield
    finally:
        lock.release()


@contextmanager
def held_if_free() -> Iterator[bool]:
    """Hold the lock if nobody does, and say whether it is held.

    Raises:
        SourceError: it cannot be written.
    """
    lock = _taken_if_free()
    try:
        yield lock.is_locked
    finally:
        lock.release()


def _taken_if_free() -> BaseFileLock:
    with writing(lock_file()):
        work_dir()
        lock = FileLock(lock_file())
        with suppress(Timeout):
            lock.acquire(timeout=0)
    return lock


def _wait(lock: BaseFileLock, seconds: float) -> None:
    try:
        lock.acquire(timeout=seconds)
    except Timeout as error:
        raise SourceError(
            published_file().name,
            "publication",
            f"un autre rafraîchissement écrit depuis plus de {seconds:g} s",
            "attendre sa fin, ou l'arrêter dans l'onglet Runs de l'interface, puis relancer",
        ) from error
