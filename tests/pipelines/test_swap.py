"""Two processes that write at once do not meet, and what a killed one left goes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.diagnostic.datapackage import replaced_folder
from pipelines.swap import replaced


@pytest.fixture
def dead() -> int:
    """The number of a process that was, and that is no more."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


@pytest.fixture
def living() -> Iterator[int]:
    """The number of another process, which lives."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process.pid


def elsewhere(program: str) -> None:
    """Run a program in another process, to its end."""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_two_processes_replace_one_file_at_once_and_the_last_to_end_has_it(tmp_path: Path) -> None:
    target = tmp_path / "observatoire.xlsx"
    with replaced(target) as fresh:
        fresh.write_text("le premier", "utf-8")
        elsewhere(
            "from pathlib import Path; from pipelines.swap import replaced\n"
            f"with replaced(Path({str(target)!r})) as fresh: fresh.write_text('le second')"
        )
        assert target.read_text("utf-8") == "le second"
    assert target.read_text("utf-8") == "le premier"
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_two_processes_replace_one_folder_at_once_and_each_reader_has_one_whole(
    tmp_path: Path,
) -> None:
    target = tmp_path / "donnees"
    with replaced_folder(target) as fresh:
        (fresh / "a").write_text("le premier", "utf-8")
        elsewhere(
            "from pathlib import Path; from pipelines.diagnostic.datapackage import *\n"
            f"with replaced_folder(Path({str(target)!r})) as fresh:"
            " (fresh / 'a').write_text('le second')"
        )
        reader = target.resolve()
        assert (reader / "a").read_text("utf-8") == "le second"
    assert (target / "a").read_text("utf-8") == "le premier"
    assert (reader / "a").read_text("utf-8") == "le second"


def test_what_a_killed_process_left_goes_and_what_a_living_one_writes_stays(
    tmp_path: Path, dead: int, living: int
) -> None:
    for pid in (dead, living):
        for end in (".xlsx", ".gpkg-journal", ".duckdb.wal", ""):
            (tmp_path / f".nouveau-{pid}{end}").touch()
    with replaced(tmp_path / "observatoire.xlsx") as fresh:
        fresh.touch()
    left = {path.name for path in tmp_path.iterdir()} - {"observatoire.xlsx"}
    assert left == {
        f".nouveau-{living}{end}" for end in (".xlsx", ".gpkg-journal", ".duckdb.wal", "")
    }


def test_of_folders_stay_the_new_one_that_of_before_and_those_of_living_processes(
    tmp_path: Path, dead: int, living: int
) -> None:
    shelf = tmp_path / ".donnees"
    for name in (f"{dead}-ab", f"{living}-ab", "0123456789abcdef"):
        (shelf / name).mkdir(parents=True)
    (shelf / f"{dead}-ab.lien").symlink_to(f"{dead}-ab")
    for _ in range(3):
        with replaced_folder(tmp_path / "donnees") as fresh:
            (fresh / "a").touch()
    left = {path.name.partition("-")[0] for path in shelf.iterdir()}
    assert left == {str(living), str(os.getpid())}
    assert len(list(shelf.iterdir())) == 3
