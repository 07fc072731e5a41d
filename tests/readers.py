"""Readers of the published file, of each kind that it has, who ask in loops until told to stop."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

import duckdb

from pipelines import archive, dictionary
from pipelines.settings import DBT_PROJECT, ROOT
from tests.conftest import Workplace

# One after the other in one connection: the publication, then a mark of tables that it made.
QUESTIONS = [
    "select execution_id from referentiel.publication",
    *(
        f"select sum(hash(lignes)::hugeint)::varchar from {table} as lignes"
        for table in ("ecart.indicateurs", "referentiel.lignage", "qualite.controles")
    ),
]
# Each connection asks once, or for so long; a line for each, of all that it was told.
PYTHON = f"""
import json, os, sys, time, duckdb
file, stop, held_s = sys.argv[1], sys.argv[2], float(sys.argv[3])
while not os.path.exists(stop):
    with duckdb.connect(file, read_only=True) as connection:
        until, told = time.monotonic() + held_s, []
        while not told or (time.monotonic() < until and not os.path.exists(stop)):
            told.append([connection.execute(asked).fetchone()[0] for asked in {QUESTIONS!r}])
            time.sleep(0.2)
    print(json.dumps(told))
"""
BIN = Path(sys.executable).parent
KINDS = ("python", "python, connexion gardée", "duckdb")
DOCS = "dbt docs"


@dataclass
class Seen:
    """What readers were told, a list a connection; what went wrong."""

    told: dict[str, list[list[list[str]]]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    docs: int = 0

    def publications(self) -> dict[str, set[tuple[str, ...]]]:
        """The marks of the tables under each publication that was seen."""
        found: dict[str, set[tuple[str, ...]]] = {}
        for connections in self.told.values():
            for publication, *marks in (answer for one in connections for answer in one):
                found.setdefault(publication, set()).add(tuple(marks))
        return found

    def check(self, place: Workplace) -> None:
        """Nobody met an error, a connection saw one publication, each as it is kept."""
        assert self.errors == []
        for kind, connections in self.told.items():
            assert connections, kind
            for one in connections:
                assert all(answer == one[0] for answer in one), (kind, one)
        kept = dict(_answers(one.file) for one in archive.kept(place.published))
        for publication, marks in self.publications().items():
            assert marks == {kept[publication]}


def _answers(file: Path) -> tuple[str, tuple[str, ...]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        publication, *marks = [
            str(value)
            for question in QUESTIONS
            for (value,) in connection.execute(question).fetchall()
        ]
    return publication, tuple(marks)


@contextmanager
def reading(place: Workplace, count: int, *, with_docs: bool = False) -> Iterator[Seen]:
    """So many readers, the kinds in turn, while a block runs; at its end, what they saw."""
    seen, stop = Seen(), place.folder / "lecteurs-arretes"
    stop.unlink(missing_ok=True)
    kinds = [*([DOCS] if with_docs else []), *islice(cycle(KINDS), count - with_docs)]
    with ThreadPoolExecutor(count) as threads:
        readers = [
            threads.submit(_read, place, kind, f"{kind} {rank}", stop, seen)
            for rank, kind in enumerate(kinds)
        ]
        try:
            yield seen
        finally:
            stop.touch()
    for reader in readers:
        reader.result()


def _read(place: Workplace, kind: str, name: str, stop: Path, seen: Seen) -> None:
    folder = place.folder / name
    while not stop.exists():
        done = subprocess.run(
            _command(kind, place.published, stop, folder),
            cwd=ROOT,
            env=place.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            seen.errors.append(f"{name} : {done.stdout}{done.stderr}")
        elif kind == DOCS:
            described = json.loads((folder / "catalog.json").read_text("utf-8"))
            found = len(described["nodes"]) + len(described["sources"])
            assert found == len(dictionary.tables())
            seen.docs += 1
        elif kind == "duckdb":
            seen.told.setdefault(name, []).append([done.stdout.split()])
            time.sleep(0.2)
        else:
            seen.told.setdefault(name, []).extend(
                json.loads(line) for line in done.stdout.splitlines()
            )


def _command(kind: str, file: Path, stop: Path, folder: Path) -> list[str | Path]:
    if kind == DOCS:
        return [
            "env", f"OBSERVATOIRE_PUBLIE={file}", BIN / "dbt", "docs", "generate",
            "--project-dir", DBT_PROJECT, "--profiles-dir", DBT_PROJECT, "--target", "publie",
            "--target-path", folder, "--log-path", folder,
        ]  # fmt: skip
    if kind == "duckdb":
        options = ["-readonly", "-list", "-noheader"]
        return [BIN / "duckdb", *options, file, "; ".join(QUESTIONS)]
    return [sys.executable, "-c", PYTHON, file, stop, "3" if "gardée" in kind else "0"]
